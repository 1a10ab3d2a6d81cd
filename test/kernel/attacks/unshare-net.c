// Makes a network namespace of its own.

#include "attack.h"

int main(void) {
  if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET)) refused("unshare CLONE_NEWNET");
  won("it is in a network namespace of its own");
}
