// Gives the hook settings a second name, and writes by that.

#include "attack.h"

int main(void) {
  if (link(target("ATTACK_HOOKS"), WORK("hardlink"))) refused("link");
  if (open(WORK("hardlink"), O_WRONLY) < 0) refused("open of the hard link");
  won("the hook settings are open to it for writing");
}
