// Makes itself root in a user namespace of its own.

#include "attack.h"

int main(void) {
  if (unshare(CLONE_NEWUSER)) refused("unshare CLONE_NEWUSER");
  won("it is in a user namespace of its own");
}
