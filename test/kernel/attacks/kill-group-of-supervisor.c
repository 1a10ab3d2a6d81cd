// Signals the supervisor's whole process group, from another group.

#include "attack.h"

int main(void) {
  pid_t group = getpgid(SUPERVISOR);
  if (group < 0) refused("getpgid");
  if (setpgid(0, 0) && getpgrp() != getpid()) absent("it leads a session, and cannot leave its group");
  if (kill(-group, SIGWINCH)) refused("kill of a group");
  won("signalled the supervisor's process group");
}
