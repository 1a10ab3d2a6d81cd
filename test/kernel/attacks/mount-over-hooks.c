// Covers the hook settings by a mount.

#include "attack.h"

int main(void) {
  if (mount(plain("mine"), target("ATTACK_HOOKS"), 0, MS_BIND, 0)) refused("mount MS_BIND");
  umount2(target("ATTACK_HOOKS"), MNT_DETACH);
  won("the hook settings were covered");
}
