// Reopens for writing, by /proc/self/fd, a descriptor that was granted for reading.

#include "attack.h"

int main(void) {
  int fd = open(READONLY("file"), O_RDONLY);
  if (fd < 0) refused("open");
  if (open(joined("/proc/self/fd/%d", fd), O_RDWR) < 0) refused("open O_RDWR by /proc/self/fd/N");
  won("a reading descriptor was reopened for writing");
}
