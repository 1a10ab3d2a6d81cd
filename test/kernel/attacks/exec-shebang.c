// Runs it as the interpreter of a script in a granted directory.

#include "attack.h"

static void attempt(void) { execl(WORK("script"), "script", NULL); }

int main(void) {
  int fd = open(WORK("script"), O_WRONLY | O_CREAT, 0700);
  if (fd < 0 || dprintf(fd, "#!%s\n", target("ATTACK_PROGRAM")) < 0) refused("open");
  close(fd);
  run_ungranted("execve of a script", attempt);
}
