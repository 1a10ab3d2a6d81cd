// Opens the kernel's messages for writing.

#include "attack.h"

int main(void) {
  if (open("/dev/kmsg", O_WRONLY) < 0) {
    if (errno == ENOENT) absent("no /dev/kmsg");
    refused("open of /dev/kmsg");
  }
  won("opened /dev/kmsg for writing");
}
