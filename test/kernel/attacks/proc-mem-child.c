// Writes the memory of another process of the tree through its /proc/PID/mem.

#include "attack.h"

static volatile long value = 1;

int main(void) {
  pid_t child = fork();
  if (child < 0) refused("fork");
  if (child == 0) {
    while (value == 1) usleep(1000);
    _exit(0);
  }
  int fd = open(joined("/proc/%d/mem", child), O_RDWR);
  long two = 2;
  ssize_t wrote = fd < 0 ? -1 : pwrite(fd, &two, sizeof two, (off_t)(uintptr_t)&value);
  int failure = errno;
  if (wrote != sizeof two) kill(child, SIGKILL);
  waitpid(child, 0, 0);
  errno = failure;
  if (wrote != sizeof two) refused("write of /proc/PID/mem");
  won("wrote another process's memory");
}
