// Opens with access mode 3, which is neither reading nor writing and serves ioctl.

#include "attack.h"

int main(void) {
  if (open(READONLY("file"), O_ACCMODE) < 0) refused("open with access mode 3");
  won("open gave a descriptor of access mode 3");
}
