// Debugs its own child, whose calls it could alter after they were judged.

#include "attack.h"

int main(void) {
  pid_t child = fork();
  if (child < 0) refused("fork");
  if (child == 0) {
    pause();
    _exit(0);
  }
  long result = ptrace(PTRACE_SEIZE, child, 0, 0);
  int failure = errno;
  kill(child, SIGKILL);
  errno = failure;
  if (result) refused("ptrace PTRACE_SEIZE");
  won("attached to a child");
}
