// Makes a device node in a writable directory, and opens the device by it (it is the null device).

#include "attack.h"

#include <sys/sysmacros.h>

int main(void) {
  if (mknod(WORK("device"), S_IFCHR | 0600, makedev(1, 3))) refused("mknod");
  if (open(WORK("device"), O_RDWR) < 0) refused("open of the device");
  won("mknod made a device, and open opened it");
}
