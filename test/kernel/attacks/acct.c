// Has all processes recorded in a file of its own (which is not there).

#include "attack.h"

int main(void) {
  syscall(SYS_acct, WORK("nothing"));
  if (errno == ENOSYS) absent("no process accounting");
  if (errno == EPERM) refused("acct");
  won("acct looked for the file");
}
