// Makes its own memory unreadable for others before it opens the secret.

#include "attack.h"

int main(void) {
  if (prctl(PR_SET_DUMPABLE, 0)) refused("prctl PR_SET_DUMPABLE");
  steal(open(SECRET, O_RDONLY), "open by an undumpable process");
}
