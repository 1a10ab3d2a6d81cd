// Sets an attribute of a file through a descriptor that only reads.

#include "attack.h"

int main(void) {
  int fd = open(READONLY("file"), O_RDONLY);
  if (fd < 0 || fsetxattr(fd, "user.attack", "x", 1, 0)) {
    if (errno == EOPNOTSUPP) absent("the file system has no user attributes");
    refused("fsetxattr");
  }
  won("fsetxattr set an attribute");
}
