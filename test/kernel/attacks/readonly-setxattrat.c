// Sets an attribute of a file by the newest call for it.

#include "attack.h"

int main(void) {
  struct {
    uint64_t value;
    uint32_t size, flags;
  } arguments = {(uintptr_t) "x", 1, 0};
  if (syscall(463 /* setxattrat */, AT_FDCWD, READONLY("file"), 0, "user.attack", &arguments, sizeof arguments)) {
    if (errno == ENOSYS && kernel_before(6, 13)) absent("no setxattrat");
    if (errno == EOPNOTSUPP) absent("the file system has no user attributes");
    refused("setxattrat");
  }
  won("setxattrat set an attribute");
}
