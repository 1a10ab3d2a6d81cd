// Runs a copy of it in a file without a name.

#include "attack.h"

static void attempt(void) {
  char bytes[65536];
  int from = open(target("ATTACK_PROGRAM"), O_RDONLY), to = open(target("ATTACK_WORK"), O_TMPFILE | O_RDWR, 0700);
  ssize_t length = read(from, bytes, sizeof bytes);
  if (to < 0 || length <= 0 || write(to, bytes, (size_t)length) != length) return;
  // A file that is open for writing cannot be run.
  int reopened = open(joined("/proc/self/fd/%d", to), O_RDONLY);
  close(to);
  char *arguments[] = {"x", 0}, *environment[] = {0};
  syscall(SYS_execveat, reopened, "", arguments, environment, AT_EMPTY_PATH);
}

int main(void) { run_ungranted("execveat of a nameless file", attempt); }
