// Goes to and fro between two directories while a relative name is opened.

#include "attack.h"

static const char *granted, *foreign;
static atomic_bool stop;

static void *going(void *unused) {
  while (!stop)
    if (chdir(granted) || chdir(foreign)) break;
  return unused;
}

int main(void) {
  plain(secret_name());
  granted = target("ATTACK_WORK");
  foreign = vault();
  pthread_t thread;
  if (pthread_create(&thread, 0, going, 0)) broken("pthread_create");
  const char *name = secret_name();
  for (int index = 0; index < TRIES; index++) {
    int fd = open(name, O_RDONLY);
    if (fd < 0) continue;
    if (is_secret(fd)) won("the secret was read, after %d tries", index + 1);
    close(fd);
  }
  stop = true;
  blocked("0 of %d opens read the secret", TRIES);
}
