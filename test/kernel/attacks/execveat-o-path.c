// Runs it by a mere path of it, which no open for reading has judged.

#include "attack.h"

static void attempt(void) {
  int fd = open(target("ATTACK_PROGRAM"), O_PATH);
  char *arguments[] = {"x", 0}, *environment[] = {0};
  syscall(SYS_execveat, fd, "", arguments, environment, AT_EMPTY_PATH);
}

int main(void) { run_ungranted("execveat of a mere path", attempt); }
