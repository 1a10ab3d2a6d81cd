// Writes the settings of its hooks, which lie in a granted directory.

#include "attack.h"

int main(void) {
  if (open(target("ATTACK_HOOKS"), O_WRONLY | O_TRUNC) < 0) refused("open of the hook settings");
  won("the hook settings are open to it for writing");
}
