// Makes a symbolic link in a directory that may only be read.

#include "attack.h"

int main(void) {
  if (symlink("anywhere", READONLY("new"))) refused("symlink");
  won("symlink made a link");
}
