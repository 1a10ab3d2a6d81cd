// Opens the secret by the call of the x32 ABI, which has another number.

#include "attack.h"

static int attempt(void) {
#if defined(__x86_64__)
  int fd = (int)syscall(0x40000000 | SYS_openat, AT_FDCWD, SECRET, O_RDONLY);
  if (fd < 0) return errno;
  return is_secret(fd) ? 0 : 1;
#else
  return ENOSYS;
#endif
}

int main(void) {
  int failure = in_child("x32 openat", attempt);
  if (failure == ENOSYS) absent("no x32");
  errno = failure;
  if (failure) refused("x32 openat");
  won("x32 openat read the secret");
}
