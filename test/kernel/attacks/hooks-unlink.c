// Deletes the hook settings.

#include "attack.h"

int main(void) {
  if (unlink(target("ATTACK_HOOKS"))) refused("unlink of the hook settings");
  won("there are no hook settings");
}
