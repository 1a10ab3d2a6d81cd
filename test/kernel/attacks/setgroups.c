// Takes other groups.

#include "attack.h"

#include <grp.h>

int main(void) {
  gid_t group = 65533;
  if (syscall(SYS_setgroups, 1, &group)) refused("setgroups");
  won("it is in another group");
}
