// Moves a file out of a directory that may only be read.

#include "attack.h"

int main(void) {
  if (rename(READONLY("file"), WORK("taken"))) refused("rename");
  won("rename took the file out");
}
