// Runs a program of root's that changes identity (its set-user-ID bit is set).

#include "attack.h"

int main(void) {
  const char *program = getenv("ATTACK_SETUID");
  if (!program || geteuid() == 0) absent("needs an ordinary user, and root to prepare the program");
  pid_t child = fork();
  if (child < 0) refused("fork");
  if (child == 0) {
    execl(program, "x", NULL);
    _exit(errno);
  }
  int status;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) blocked("it was killed");
  // helpers/identity.c exits with 100 as root, and 101 as anyone else.
  if (WEXITSTATUS(status) == 100) won("a program ran as root");
  if (WEXITSTATUS(status) == 101) blocked("it ran with the caller's identity");
  errno = WEXITSTATUS(status);
  refused("execve");
}
