// Types into its terminal by a number whose upper half is set, which a filter may compare and the kernel drops.

#include "attack.h"

int main(void) {
  char byte = 'x';
  int null = open("/dev/null", O_RDWR);
  if (null < 0) refused("open of /dev/null");
  if (syscall(SYS_ioctl, null, (1ul << 32) | TIOCSTI, &byte) && errno != ENOTTY) refused("ioctl TIOCSTI");
  won("ioctl TIOCSTI is not refused");
}
