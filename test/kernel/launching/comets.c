// Owns: processes that are gone when they are found: each forks, and its parent ends, on and on, each in a session of
// its own. Call: comets MARK N. The mark is for whoever looks for what is left.

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

int main(int count, char **arguments) {
  if (count != 3) return 2;
  for (int left = atoi(arguments[2]); left > 0; left--) {
    if (fork() != 0) continue;
    signal(SIGTERM, SIG_IGN);
    signal(SIGCONT, SIG_IGN);
    setsid();
    for (;;) {
      // Without a pause all numbers of processes would be taken before the kernel gives those of the dead back.
      usleep(2000);
      pid_t child = fork();
      if (child > 0) _exit(0);
    }
  }
  pause();
  return 0;
}
