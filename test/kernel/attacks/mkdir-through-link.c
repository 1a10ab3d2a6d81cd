// Makes a directory outside the scope below a link in a granted directory.

#include "attack.h"

int main(void) {
  if (symlink(vault(), WORK("link"))) refused("symlink");
  if (mkdir(joined("%s/new", WORK("link")), 0700)) refused("mkdir below a link");
  won("mkdir made a directory outside the scope");
}
