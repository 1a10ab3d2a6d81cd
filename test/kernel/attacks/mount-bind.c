// Mounts the secret's directory over a granted one.

#include "attack.h"

int main(void) {
  if (mkdir(WORK("here"), 0700)) refused("mkdir");
  if (mount(vault(), WORK("here"), 0, MS_BIND, 0)) refused("mount MS_BIND");
  int fd = open(joined("%s/%s", WORK("here"), secret_name()), O_RDONLY), failure = errno;
  bool read = fd >= 0 && is_secret(fd);
  close(fd);
  umount2(WORK("here"), MNT_DETACH);
  errno = failure;
  if (fd < 0) refused("open below a bind mount");
  if (!read) blocked("another file was read");
  won("a bind mount gave the secret a granted name");
}
