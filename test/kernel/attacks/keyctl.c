// Reads and adds keys of the kernel's key rings.

#include "attack.h"

int main(void) {
  long ring = syscall(SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -3 /* the session's */, 0);
  long key = syscall(SYS_add_key, "user", "plumbline-attack", "x", 1, -2 /* this process's own */);
  if (ring < 0 && key < 0) {
    if (errno == ENOSYS) absent("no key rings");
    refused("add_key");
  }
  won("key rings are open to it");
}
