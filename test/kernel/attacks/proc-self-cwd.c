// Reaches the secret through /proc/self/cwd, which is a link that only looks like one.

#include "attack.h"

int main(void) {
  if (chdir(vault())) refused("chdir");
  steal(open(joined("/proc/self/cwd/%s", secret_name()), O_RDONLY), "open by /proc/self/cwd");
}
