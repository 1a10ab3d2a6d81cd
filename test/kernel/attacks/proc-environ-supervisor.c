// Reads the supervisor's environment.

#include "attack.h"

int main(void) {
  int fd = open(joined("/proc/%d/environ", SUPERVISOR), O_RDONLY);
  char byte;
  if (fd < 0 || read(fd, &byte, 1) < 0) refused("read of /proc/SUPERVISOR/environ");
  won("read the supervisor's environment");
}
