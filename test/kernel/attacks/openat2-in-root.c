// Opens the secret as an absolute path below another root, by RESOLVE_IN_ROOT.

#include "attack.h"

#include <linux/openat2.h>

int main(void) {
  int root = open(vault(), O_PATH | O_DIRECTORY);
  if (root < 0) refused("open O_PATH");
  struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_IN_ROOT};
  steal((int)syscall(SYS_openat2, root, joined("/../../%s", secret_name()), &how, sizeof how), "openat2 RESOLVE_IN_ROOT");
}
