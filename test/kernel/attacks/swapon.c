// Puts the memory of all into a file of its own (which is not there).

#include "attack.h"

int main(void) {
  syscall(SYS_swapon, WORK("nothing"), 0);
  if (errno == ENOSYS) absent("no swap");
  if (errno == EPERM) refused("swapon");
  won("swapon looked for the file");
}
