// Changes the path in memory while execve reads it: judged as one program, run as another.

#include "attack.h"

int main(void) {
  struct flip *flip = flip_texts("/bin/true", target("ATTACK_PROGRAM"));
  int ran = 0, status;
  for (int index = 0; index < TRIES; index++) {
    pid_t child = vfork();
    if (child < 0) refused("vfork");
    if (child == 0) {
      char *arguments[] = {"x", 0}, *environment[] = {0};
      execve(flip->buffer, arguments, environment);
      _exit(126);
    }
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) continue;
    if (WEXITSTATUS(status) == UNGRANTED_STATUS) won("a program ran that is not granted, after %d tries", index + 1);
    ran += WEXITSTATUS(status) == 0;
  }
  blocked("0 of %d execs ran it; %d ran the granted one", TRIES, ran);
}
