// Gives the keys a second name in a granted directory.

#include "attack.h"

int main(void) {
  if (link(target("ATTACK_KEYS"), WORK("keys"))) refused("link");
  won("the keys have a second name");
}
