// Takes another identity (of those that root may take).

#include "attack.h"

int main(void) {
  if (syscall(SYS_setresuid, 65533, 65533, 65533)) refused("setresuid");
  won("it is another user");
}
