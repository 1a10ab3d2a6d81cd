// Opens what the supervisor has open, by /proc/SUPERVISOR/fd.

#include "attack.h"

int main(void) {
  int opened = 0, failure = ENOENT;
  for (int index = 0; index < 64; index++) {
    int fd = open(joined("/proc/%d/fd/%d", SUPERVISOR, index), O_RDONLY | O_NONBLOCK);
    if (fd >= 0) opened++, close(fd);
    else if (errno != ENOENT && errno != ENXIO) failure = errno;
  }
  errno = failure;
  if (!opened) refused("open by /proc/SUPERVISOR/fd");
  won("opened %d of the supervisor's files", opened);
}
