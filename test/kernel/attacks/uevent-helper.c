// Opens for writing what the kernel runs as root for a device.

#include "attack.h"

int main(void) {
  if (open("/sys/kernel/uevent_helper", O_WRONLY) < 0) {
    if (errno == ENOENT) absent("no uevent_helper");
    refused("open of uevent_helper");
  }
  won("opened uevent_helper for writing");
}
