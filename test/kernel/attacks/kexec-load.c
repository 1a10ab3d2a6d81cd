// Loads another kernel (of no segments and with flags that there are not).

#include "attack.h"

int main(void) {
  syscall(SYS_kexec_load, 0, 0, 0, 0xff00fful);
  if (errno == ENOSYS) absent("no kexec");
  if (errno == EPERM) refused("kexec_load");
  won("kexec_load looked at its arguments");
}
