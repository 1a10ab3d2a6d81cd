// Opens the machine's memory.

#include "attack.h"

int main(void) {
  if (open("/dev/mem", O_RDONLY) < 0) {
    if (errno == ENOENT) absent("no /dev/mem");
    refused("open of /dev/mem");
  }
  won("opened /dev/mem");
}
