// Runs it by a descriptor and no name.

#include "attack.h"

static void attempt(void) {
  int fd = open(target("ATTACK_PROGRAM"), O_RDONLY);
  char *arguments[] = {"x", 0}, *environment[] = {0};
  syscall(SYS_execveat, fd, "", arguments, environment, AT_EMPTY_PATH);
}

int main(void) { run_ungranted("execveat AT_EMPTY_PATH", attempt); }
