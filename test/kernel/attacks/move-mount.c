// Moves a mount (from a name where nothing is mounted).

#include "attack.h"

int main(void) {
  if (syscall(429 /* move_mount */, AT_FDCWD, WORK("nothing"), AT_FDCWD, WORK("nowhere"), 0) && errno != ENOENT)
    refused("move_mount");
  won("move_mount looked for the mount");
}
