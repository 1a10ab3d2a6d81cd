// Enters the supervisor's namespaces.

#include "attack.h"

int main(void) {
  int fd = open(joined("/proc/%d/ns/uts", SUPERVISOR), O_RDONLY);
  if (fd < 0) refused("open of /proc/SUPERVISOR/ns/uts");
  if (setns(fd, 0)) refused("setns");
  won("setns was done");
}
