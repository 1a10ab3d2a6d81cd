// Owns: where eight bytes of the supervisor's memory lie that can be written back unchanged.

#ifndef SUPERVISOR_MEMORY_H
#define SUPERVISOR_MEMORY_H
#include "attack.h"

// The lower end of its first writable mapping, or, where its maps are closed, an address that may be anywhere.
MAYBE uintptr_t supervisor_address(void) {
  FILE *maps = fopen(joined("/proc/%d/maps", SUPERVISOR), "re");
  char line[512], rights[8];
  unsigned long long start;
  while (maps && fgets(line, sizeof line, maps))
    if (sscanf(line, "%llx-%*x %7s", &start, rights) == 2 && rights[0] == 'r' && rights[1] == 'w') return start;
  return 0x400000;
}

#endif
