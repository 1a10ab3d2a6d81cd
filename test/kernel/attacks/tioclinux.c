// Pastes into a console.

#include "attack.h"

int main(void) {
  char selection = 3; // TIOCL_PASTESEL
  int null = open("/dev/null", O_RDWR);
  if (null < 0) refused("open of /dev/null");
  if (ioctl(null, TIOCLINUX, &selection) && errno != ENOTTY) refused("ioctl TIOCLINUX");
  won("ioctl TIOCLINUX is not refused");
}
