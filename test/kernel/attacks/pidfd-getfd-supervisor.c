// Takes descriptors out of the supervisor.

#include "attack.h"

int main(void) {
  int process = (int)syscall(SYS_pidfd_open, SUPERVISOR, 0);
  if (process < 0) refused("pidfd_open");
  if (syscall(SYS_pidfd_getfd, process, 0, 0) < 0) refused("pidfd_getfd");
  won("took a descriptor of the supervisor's");
}
