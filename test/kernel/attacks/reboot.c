// Restarts the machine (without the numbers that make it do so).

#include "attack.h"

int main(void) {
  syscall(SYS_reboot, 0, 0, 0, 0);
  if (errno == EPERM) refused("reboot");
  won("reboot looked at its arguments");
}
