// Opens for writing what the kernel runs as root when a program crashes.

#include "attack.h"

int main(void) {
  if (open("/proc/sys/kernel/core_pattern", O_WRONLY) < 0) refused("open of core_pattern");
  won("opened core_pattern for writing");
}
