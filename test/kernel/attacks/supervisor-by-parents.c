// Walks its parents in /proc, and opens the memory of each.

#include "attack.h"

int main(void) {
  int opened = 0, failure = 0;
  pid_t pid = getppid();
  for (int depth = 0; depth < 8 && pid > 1; depth++) {
    int fd = open(joined("/proc/%d/mem", pid), O_RDONLY);
    if (fd >= 0) opened++;
    else failure = errno;
    FILE *status = fopen(joined("/proc/%d/status", pid), "re");
    char line[256];
    pid = 0;
    while (status && fgets(line, sizeof line, status)) sscanf(line, "PPid: %d", &pid);
  }
  errno = failure;
  if (!opened) refused("open of a parent's memory");
  won("opened the memory of %d parents", opened);
}
