// Puts a file of its own in the place of the hook settings.

#include "attack.h"

int main(void) {
  if (rename(plain("mine"), target("ATTACK_HOOKS"))) refused("rename over the hook settings");
  won("the hook settings are its own");
}
