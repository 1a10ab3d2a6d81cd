// Runs a copy of it in a writable directory.

#include "attack.h"

static void attempt(void) {
  char bytes[65536];
  int from = open(target("ATTACK_PROGRAM"), O_RDONLY), to = open(WORK("copy"), O_WRONLY | O_CREAT, 0700);
  ssize_t length = read(from, bytes, sizeof bytes);
  if (length <= 0 || write(to, bytes, (size_t)length) != length) return;
  close(to);
  execl(WORK("copy"), "x", NULL);
}

int main(void) { run_ungranted("execve of a copy", attempt); }
