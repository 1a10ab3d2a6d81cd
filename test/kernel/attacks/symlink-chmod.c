// Changes, through a link in a granted directory, the mode of a file that may only be read.

#include "attack.h"

int main(void) {
  if (symlink(READONLY("file"), WORK("link"))) refused("symlink");
  if (chmod(WORK("link"), 0600)) refused("chmod of a link");
  won("chmod changed the mode");
}
