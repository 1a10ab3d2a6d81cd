// Takes the secret in hand by open_tree, which opens paths without being an open, and reopens that.

#include "attack.h"

int main(void) {
  int path = (int)syscall(428 /* open_tree */, AT_FDCWD, SECRET, O_CLOEXEC);
  if (path < 0) refused("open_tree");
  steal(open(joined("/proc/self/fd/%d", path), O_RDONLY), "open by /proc/self/fd/N");
}
