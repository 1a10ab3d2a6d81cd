// Makes a nameless file in a directory that may only be read, and names it.

#include "attack.h"

int main(void) {
  int fd = open(target("ATTACK_READONLY"), O_TMPFILE | O_RDWR, 0600);
  if (fd < 0) {
    if (errno == EOPNOTSUPP) absent("the file system has no O_TMPFILE");
    refused("open O_TMPFILE");
  }
  if (linkat(AT_FDCWD, joined("/proc/self/fd/%d", fd), AT_FDCWD, READONLY("new"), AT_SYMLINK_FOLLOW)) refused("linkat");
  won("a nameless file got a name");
}
