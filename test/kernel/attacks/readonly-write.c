// Opens for writing what may only be read.

#include "attack.h"

int main(void) {
  if (open(READONLY("file"), O_WRONLY) < 0) refused("open O_WRONLY");
  won("open gave a writable descriptor");
}
