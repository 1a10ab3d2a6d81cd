// Deletes a file from a directory that may only be read.

#include "attack.h"

int main(void) {
  if (unlink(READONLY("file"))) refused("unlink");
  won("unlink deleted the file");
}
