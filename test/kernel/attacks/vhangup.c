// Hangs up its terminal (in a session that has none).

#include "attack.h"

static int attempt(void) {
  setsid();
  return syscall(SYS_vhangup) ? errno : 0;
}

int main(void) {
  errno = in_child("vhangup", attempt);
  if (errno) refused("vhangup");
  won("vhangup was done");
}
