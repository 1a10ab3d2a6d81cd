// Gives the secret a second name in a granted directory.

#include "attack.h"

int main(void) {
  if (link(SECRET, WORK("hardlink"))) refused("link");
  steal(open(WORK("hardlink"), O_RDONLY), "open of a hard link");
}
