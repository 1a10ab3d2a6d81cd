// Makes a file system of its own, by the newer mount API.

#include "attack.h"

int main(void) {
  int context = (int)syscall(430 /* fsopen */, "tmpfs", 0);
  if (context < 0) refused("fsopen");
  if (syscall(431 /* fsconfig */, context, 6 /* FSCONFIG_CMD_CREATE */, 0, 0, 0)) refused("fsconfig");
  if (syscall(432 /* fsmount */, context, 0, 0) < 0) refused("fsmount");
  won("it has a file system of its own in hand");
}
