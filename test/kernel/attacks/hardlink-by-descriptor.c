// Gives the secret a second name through a mere path of it, in both ways linkat knows.

#include "attack.h"

int main(void) {
  int path = open(SECRET, O_PATH);
  if (path < 0) refused("open O_PATH");
  const char *name = WORK("hardlink");
  if (linkat(path, "", AT_FDCWD, name, AT_EMPTY_PATH) &&
      linkat(AT_FDCWD, joined("/proc/self/fd/%d", path), AT_FDCWD, name, AT_SYMLINK_FOLLOW))
    refused("linkat");
  steal(open(name, O_RDONLY), "open of a hard link");
}
