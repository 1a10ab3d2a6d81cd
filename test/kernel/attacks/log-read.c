// Reads the log.

#include "attack.h"

int main(void) {
  if (open(joined("%s/00000000.cborseq", target("ATTACK_LOG")), O_RDONLY) < 0) refused("open of the log");
  won("the log is open to it");
}
