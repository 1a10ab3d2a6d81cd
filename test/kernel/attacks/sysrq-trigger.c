// Opens for writing what makes the kernel crash, restart or kill.

#include "attack.h"

int main(void) {
  if (open("/proc/sysrq-trigger", O_WRONLY) < 0) {
    if (errno == ENOENT) absent("no sysrq");
    refused("open of sysrq-trigger");
  }
  won("opened sysrq-trigger for writing");
}
