// Reaches the secret through the working directory of a child.

#include "attack.h"

int main(void) {
  int said[2];
  if (pipe(said)) broken("pipe");
  pid_t child = fork();
  if (child < 0) refused("fork");
  if (child == 0) {
    char went = chdir(vault()) ? 'n' : 'y';
    if (write(said[1], &went, 1) != 1) _exit(1);
    pause();
  }
  char went;
  if (read(said[0], &went, 1) != 1) broken("read");
  int fd = went == 'y' ? open(joined("/proc/%d/cwd/%s", child, secret_name()), O_RDONLY) : -1;
  int failure = errno;
  kill(child, SIGKILL);
  errno = failure;
  steal(fd, "open by /proc/PID/cwd");
}
