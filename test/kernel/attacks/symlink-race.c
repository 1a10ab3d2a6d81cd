// Exchanges a symbolic link under a name while it is opened.

#include "attack.h"

static const char *name, *one, *other;
static atomic_bool stop;

static void *exchanging(void *unused) {
  while (!stop) syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, 2 /* RENAME_EXCHANGE */);
  return unused;
}

int main(void) {
  name = WORK("link");
  one = name;
  other = WORK("other");
  if (symlink(plain("mine"), one) || symlink(SECRET, other)) refused("symlink");
  pthread_t thread;
  if (pthread_create(&thread, 0, exchanging, 0)) broken("pthread_create");
  int wins = 0;
  for (int index = 0; index < TRIES; index++) {
    int fd = open(name, O_RDONLY);
    if (fd < 0) continue;
    wins += is_secret(fd);
    close(fd);
  }
  stop = true;
  if (wins) won("%d of %d opens read the secret", wins, TRIES);
  blocked("0 of %d opens read the secret", TRIES);
}
