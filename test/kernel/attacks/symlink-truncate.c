// Cuts, through a link in a granted directory, a file that may only be read.

#include "attack.h"

int main(void) {
  if (symlink(READONLY("file"), WORK("link"))) refused("symlink");
  if (truncate(WORK("link"), 1)) refused("truncate of a link");
  won("truncate cut the file");
}
