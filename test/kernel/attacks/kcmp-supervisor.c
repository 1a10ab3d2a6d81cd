// Compares its kernel objects with the supervisor's.

#include "attack.h"

int main(void) {
  if (syscall(SYS_kcmp, getpid(), SUPERVISOR, 0 /* KCMP_FILE */, 0, 0) < 0) {
    if (errno == ENOSYS) absent("no kcmp");
    refused("kcmp");
  }
  won("kcmp compared");
}
