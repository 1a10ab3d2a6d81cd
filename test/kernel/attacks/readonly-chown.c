// Changes, by its path, the owner of a file that may only be read, to the same.

#include "attack.h"

int main(void) {
  if (chown(READONLY("file"), getuid(), getgid())) refused("chown");
  won("chown was done");
}
