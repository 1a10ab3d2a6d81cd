// Adopts orphans: they would be told by it, and not by what they come from.

#include "attack.h"

int main(void) {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) refused("prctl PR_SET_CHILD_SUBREAPER");
  won("it adopts orphans");
}
