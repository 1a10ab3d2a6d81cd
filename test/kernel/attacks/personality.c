// Turns off the randomization of addresses, and makes readable memory executable.

#include "attack.h"

#include <sys/personality.h>

int main(void) {
  if (personality(ADDR_NO_RANDOMIZE | READ_IMPLIES_EXEC) < 0) refused("personality");
  won("its personality was changed");
}
