// Moves a file into a directory that may only be read, over one that is there.

#include "attack.h"

int main(void) {
  if (rename(plain("mine"), READONLY("file"))) refused("rename");
  won("rename replaced the file");
}
