// Advises on the supervisor's memory, so that it is paged out.

#include "attack.h"

#include "supervisor-memory.h"

int main(void) {
  int process = (int)syscall(SYS_pidfd_open, SUPERVISOR, 0);
  if (process < 0) refused("pidfd_open");
  struct iovec range = {(void *)supervisor_address(), 4096};
  if (syscall(440 /* process_madvise */, process, &range, 1, 20 /* MADV_COLD */, 0) < 0) refused("process_madvise");
  won("ruled the supervisor's memory");
}
