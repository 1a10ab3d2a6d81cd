// Sets, by its path, an attribute of a file that may only be read.

#include "attack.h"

int main(void) {
  if (setxattr(READONLY("file"), "user.attack", "x", 1, 0)) {
    if (errno == EOPNOTSUPP) absent("the file system has no user attributes");
    refused("setxattr");
  }
  won("setxattr set an attribute");
}
