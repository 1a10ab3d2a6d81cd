// Interrupts its opens by a storm of signals, and looks for an answer that went astray.

#include "attack.h"

static volatile sig_atomic_t alarms;
static void alarmed(int signal) { alarms += signal == SIGALRM; }

int main(void) {
  const char *mine = plain("mine"), *secret = SECRET;
  struct sigaction action = {.sa_handler = alarmed};
  sigaction(SIGALRM, &action, 0);
  struct itimerval every = {{0, 200}, {0, 200}};
  setitimer(ITIMER_REAL, &every, 0);
  int highest = 0;
  for (int index = 0; index < TRIES; index++) {
    int fd = open(index % 2 ? secret : mine, O_RDONLY);
    if (fd < 0) continue;
    if (is_secret(fd)) won("the secret was read, after %d opens", index + 1);
    if (fd > highest) highest = fd;
    close(fd);
  }
  // Each open closes what it got: a higher number was left behind by an answer nobody took.
  if (highest > 16) won("descriptors were leaked, up to %d", highest);
  blocked("no open of the secret, no descriptor left, %s", alarms ? "signals came" : "no signal came");
}
