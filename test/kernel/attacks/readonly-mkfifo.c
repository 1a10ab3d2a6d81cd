// Makes a pipe in a directory that may only be read.

#include "attack.h"

int main(void) {
  if (mkfifo(READONLY("new"), 0600)) refused("mknod");
  won("mknod made a pipe");
}
