// Changes the root mount (to the one that it is, which is refused last of all).

#include "attack.h"

int main(void) {
  if (syscall(SYS_pivot_root, "/", "/") && errno == EPERM) refused("pivot_root");
  won("pivot_root looked at the mounts");
}
