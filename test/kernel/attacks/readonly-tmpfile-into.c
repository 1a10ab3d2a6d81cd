// Names a nameless file of a writable directory in one that may only be read.

#include "attack.h"

int main(void) {
  int fd = open(target("ATTACK_WORK"), O_TMPFILE | O_RDWR, 0600);
  if (fd < 0) {
    if (errno == EOPNOTSUPP) absent("the file system has no O_TMPFILE");
    refused("open O_TMPFILE");
  }
  if (linkat(AT_FDCWD, joined("/proc/self/fd/%d", fd), AT_FDCWD, READONLY("new"), AT_SYMLINK_FOLLOW)) refused("linkat");
  won("a nameless file got a name");
}
