// Changes the owner of a file through a descriptor that only reads, to the same.

#include "attack.h"

int main(void) {
  int fd = open(READONLY("file"), O_RDONLY);
  if (fd < 0 || fchown(fd, getuid(), getgid())) refused("fchown");
  won("fchown was done");
}
