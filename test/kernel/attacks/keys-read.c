// Reads the keys of the log.

#include "attack.h"

int main(void) {
  if (open(target("ATTACK_KEYS"), O_RDONLY) < 0) refused("open of the keys");
  won("the keys are open to it");
}
