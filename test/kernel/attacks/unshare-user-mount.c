// Makes a mount namespace of its own, where names lead elsewhere.

#include "attack.h"

int main(void) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS)) refused("unshare CLONE_NEWUSER | CLONE_NEWNS");
  if (mount(vault(), target("ATTACK_WORK"), 0, MS_BIND, 0)) refused("mount MS_BIND");
  steal(open(WORK(secret_name()), O_RDONLY), "open below a bind mount of its own namespace");
}
