// Changes the path in memory while a thread executes: it takes the number of another, which a check may have noted.

#include "attack.h"

static struct flip *flip;

static void *executing(void *unused) {
  char *arguments[] = {"x", 0}, *environment[] = {0};
  execve(flip->buffer, arguments, environment);
  _exit(126);
  return unused;
}

int main(void) {
  flip = flip_texts("/bin/true", target("ATTACK_PROGRAM"));
  int ran = 0, status;
  for (int index = 0; index < TRIES; index++) {
    pid_t child = fork();
    if (child < 0) refused("fork");
    if (child == 0) {
      pthread_t thread;
      if (pthread_create(&thread, 0, executing, 0)) _exit(126);
      for (;;) pause();
    }
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) continue;
    if (WEXITSTATUS(status) == UNGRANTED_STATUS) won("a program ran that is not granted, after %d tries", index + 1);
    ran += WEXITSTATUS(status) == 0;
  }
  blocked("0 of %d execs ran it; %d ran the granted one", TRIES, ran);
}
