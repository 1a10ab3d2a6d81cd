// Opens the secret by open(2) itself, which the C library no longer calls.

#include "attack.h"

int main(void) {
#ifdef SYS_open
  steal((int)syscall(SYS_open, SECRET, O_RDONLY), "open(2)");
#else
  absent("this architecture has no open(2)");
#endif
}
