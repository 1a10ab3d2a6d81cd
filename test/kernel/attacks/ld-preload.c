// Runs its own code inside a granted program, by LD_PRELOAD.

#include "attack.h"

int main(void) {
  pid_t child = fork();
  if (child < 0) refused("fork");
  if (child == 0) {
    char *arguments[] = {"true", 0}, *environment[] = {(char *)joined("LD_PRELOAD=%s", target("ATTACK_PRELOAD")), 0};
    execve("/bin/true", arguments, environment);
    _exit(errno);
  }
  int status;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) blocked("it was killed");
  // helpers/preload.c ends the program with this status before it begins.
  if (WEXITSTATUS(status) == UNGRANTED_STATUS) won("code of the attacker's ran inside /bin/true");
  if (WEXITSTATUS(status) == 0) blocked("the program ran without it");
  errno = WEXITSTATUS(status);
  refused("execve");
}
