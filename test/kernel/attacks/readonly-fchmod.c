// Changes the mode of a file through a descriptor that only reads.

#include "attack.h"

int main(void) {
  int fd = open(READONLY("file"), O_RDONLY);
  if (fd < 0 || fchmod(fd, 0600)) refused("fchmod");
  won("fchmod changed the mode");
}
