// Loads a kernel module (of no bytes).

#include "attack.h"

int main(void) {
  syscall(SYS_init_module, 0, 0, "");
  if (errno == ENOSYS) absent("no modules");
  if (errno == EPERM) refused("init_module");
  won("init_module looked at the module");
}
