// Takes a copy of a mount in hand, by the newer mount API, and opens the secret below it.

#include "attack.h"

int main(void) {
  int tree = (int)syscall(428 /* open_tree */, AT_FDCWD, vault(), 1 /* OPEN_TREE_CLONE */ | O_CLOEXEC);
  if (tree < 0) refused("open_tree");
  steal(openat(tree, secret_name(), O_RDONLY), "openat below a mount in hand");
}
