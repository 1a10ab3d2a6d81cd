// Takes the machine's ports in hand.

#include "attack.h"

int main(void) {
#ifdef SYS_ioperm
  if (syscall(SYS_ioperm, 0x80, 1, 1)) {
    if (errno == ENOSYS) absent("no ioperm");
    refused("ioperm");
  }
  won("it may write a port of the machine");
#else
  absent("this architecture has no ports");
#endif
}
