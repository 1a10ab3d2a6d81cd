// Runs a copy of it that lies in memory and has no path, by a descriptor and by /proc/self/fd.

#include "attack.h"

static void attempt(void) {
  char bytes[65536];
  int from = open(target("ATTACK_PROGRAM"), O_RDONLY), to = (int)syscall(SYS_memfd_create, "true", 0);
  ssize_t length = read(from, bytes, sizeof bytes);
  if (to < 0 || length <= 0 || write(to, bytes, (size_t)length) != length) return;
  char *arguments[] = {"x", 0}, *environment[] = {0};
  execve(joined("/proc/self/fd/%d", to), arguments, environment);
  syscall(SYS_execveat, to, "", arguments, environment, AT_EMPTY_PATH);
}

int main(void) { run_ungranted("execve of memory", attempt); }
