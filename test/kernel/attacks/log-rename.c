// Moves the log's directory away.

#include "attack.h"

int main(void) {
  if (rename(target("ATTACK_LOG"), joined("%s.away", target("ATTACK_LOG")))) refused("rename of the log");
  won("the log lies elsewhere");
}
