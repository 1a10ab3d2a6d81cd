// Enters a namespace by a descriptor of its own.

#include "attack.h"

int main(void) {
  int fd = open("/proc/self/ns/uts", O_RDONLY);
  if (fd < 0) refused("open of /proc/self/ns/uts");
  if (setns(fd, CLONE_NEWUTS)) refused("setns");
  won("setns was done");
}
