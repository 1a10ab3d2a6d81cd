// Runs it by the name of its descriptor in /proc/self/fd.

#include "attack.h"

static void attempt(void) {
  int fd = open(target("ATTACK_PROGRAM"), O_RDONLY);
  execl(joined("/proc/self/fd/%d", fd), "x", NULL);
}

int main(void) { run_ungranted("execve of /proc/self/fd/N", attempt); }
