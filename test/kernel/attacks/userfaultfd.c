// Takes page faults in hand, so that the kernel waits for it in the middle of a call.

#include "attack.h"

int main(void) {
  if (syscall(SYS_userfaultfd, O_CLOEXEC | 1 /* UFFD_USER_MODE_ONLY */) < 0) {
    if (errno == ENOSYS) absent("no userfaultfd");
    refused("userfaultfd");
  }
  won("it has page faults in hand");
}
