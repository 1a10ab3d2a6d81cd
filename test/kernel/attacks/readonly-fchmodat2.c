// Changes the mode of a file by the newest call for it, through a mere path.

#include "attack.h"

int main(void) {
  int path = open(READONLY("file"), O_PATH);
  if (path < 0) refused("open O_PATH");
  if (syscall(452 /* fchmodat2 */, path, "", 0600, AT_EMPTY_PATH)) {
    if (errno == ENOSYS && kernel_before(6, 6)) absent("no fchmodat2");
    refused("fchmodat2");
  }
  won("fchmodat2 changed the mode");
}
