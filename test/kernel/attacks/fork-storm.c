// Opens the secret from many processes at once, 256 of them and no more than 32 at a time.

#include "attack.h"

int main(void) {
  int wins = 0, running = 0, status;
  for (int started = 0; started < 256; started++) {
    pid_t child = fork();
    if (child < 0) refused("fork");
    if (child == 0) {
      int fd = open(SECRET, O_RDONLY);
      _exit(fd >= 0 && is_secret(fd));
    }
    for (running++; running == 32 || (started == 255 && running > 0); running--)
      if (wait(&status) > 0 && WIFEXITED(status)) wins += WEXITSTATUS(status);
  }
  if (wins) won("%d of 256 processes read the secret", wins);
  blocked("256 of 256 processes were refused");
}
