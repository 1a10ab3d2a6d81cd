// Takes a mounted file system in hand to change its options.

#include "attack.h"

int main(void) {
  if (syscall(433 /* fspick */, AT_FDCWD, "/", 0) < 0) refused("fspick");
  won("it can reconfigure the root file system");
}
