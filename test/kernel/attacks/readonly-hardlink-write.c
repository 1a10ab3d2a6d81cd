// Writes a file that may only be read through a second name in a writable directory.

#include "attack.h"

int main(void) {
  if (link(READONLY("file"), WORK("hardlink"))) refused("link");
  if (open(WORK("hardlink"), O_WRONLY) < 0) refused("open of the hard link");
  won("a hard link opened for writing");
}
