// Runs it by a link in a granted directory that is named like a granted program.

#include "attack.h"

static void attempt(void) { execl(WORK("true"), "true", NULL); }

int main(void) {
  if (symlink(target("ATTACK_PROGRAM"), WORK("true"))) refused("symlink");
  run_ungranted("execve of a link", attempt);
}
