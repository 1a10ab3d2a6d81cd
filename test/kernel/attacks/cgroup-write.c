// Opens for writing what groups processes.

#include "attack.h"

int main(void) {
  if (open("/sys/fs/cgroup/cgroup.procs", O_WRONLY) < 0) {
    if (errno == ENOENT) absent("no cgroups");
    refused("open of cgroup.procs");
  }
  won("opened cgroup.procs for writing");
}
