// Types into its terminal, for whoever reads it next.

#include "attack.h"

int main(void) {
  char byte = 'x';
  // Refused by number, it is refused on anything: /dev/null, which is no terminal, would say ENOTTY.
  int null = open("/dev/null", O_RDWR);
  if (null < 0) refused("open of /dev/null");
  if (ioctl(null, TIOCSTI, &byte) && errno != ENOTTY) refused("ioctl TIOCSTI");
  int main_end = posix_openpt(O_RDWR | O_NOCTTY);
  if (main_end < 0 || grantpt(main_end) || unlockpt(main_end)) won("ioctl TIOCSTI is not refused, and there is no terminal");
  pid_t child = fork();
  if (child < 0) refused("fork");
  if (child == 0) {
    setsid();
    int terminal = open(ptsname(main_end), O_RDWR);
    _exit(terminal >= 0 && ioctl(terminal, TIOCSTI, &byte) == 0 ? 0 : errno);
  }
  int status;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) blocked("it was killed");
  errno = WEXITSTATUS(status);
  if (errno == EIO) absent("dev.tty.legacy_tiocsti is 0");
  if (errno) refused("ioctl TIOCSTI");
  won("typed into a terminal");
}
