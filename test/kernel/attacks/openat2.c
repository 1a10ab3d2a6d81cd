// Opens the secret by openat2.

#include "attack.h"

#include <linux/openat2.h>

int main(void) {
  struct open_how how = {.flags = O_RDONLY};
  steal((int)syscall(SYS_openat2, AT_FDCWD, SECRET, &how, sizeof how), "openat2");
}
