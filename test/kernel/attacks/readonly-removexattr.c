// Removes an attribute from a file that may only be read, found there or not.

#include "attack.h"

int main(void) {
  if (removexattr(READONLY("file"), "user.attack") && errno != ENODATA) {
    if (errno == EOPNOTSUPP) absent("the file system has no user attributes");
    refused("removexattr");
  }
  won("removexattr reached the file");
}
