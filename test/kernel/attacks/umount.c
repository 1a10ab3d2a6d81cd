// Takes a mount away, so that what it covers shows (of a name where nothing is mounted).

#include "attack.h"

int main(void) {
  if (mkdir(WORK("here"), 0700)) refused("mkdir");
  if (umount2(WORK("here"), 0) && errno != EINVAL) refused("umount2");
  won("umount2 looked for a mount");
}
