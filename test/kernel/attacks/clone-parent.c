// Makes a child of its own parent, which the process that it is was never the parent of: it would belong to no call,
// and be held to nothing that holds this process.

#include "attack.h"

int main(void) {
  // As the call itself: the child goes on here, on a stack of its own copy of the memory.
  long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  if (pid < 0) refused("clone CLONE_PARENT");
  if (pid == 0) _exit(0);
  won("process %ld is its sibling", pid);
}
