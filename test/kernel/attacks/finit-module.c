// Loads a kernel module (which is none) from a file.

#include "attack.h"

int main(void) {
  int fd = open(READONLY("file"), O_RDONLY);
  if (fd < 0) refused("open");
  syscall(SYS_finit_module, fd, "", 0);
  if (errno == ENOSYS) absent("no modules");
  if (errno == EPERM) refused("finit_module");
  won("finit_module looked at the module");
}
