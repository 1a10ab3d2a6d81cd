// Changes the attributes of a mount (none of them).

#include "attack.h"

int main(void) {
  uint64_t attributes[4] = {0};
  attributes[0] = 8; // MOUNT_ATTR_NOEXEC, and a mount that is not there
  if (syscall(442 /* mount_setattr */, AT_FDCWD, WORK("nothing"), 0, attributes, sizeof attributes) && errno != ENOENT)
    refused("mount_setattr");
  won("mount_setattr looked for the mount");
}
