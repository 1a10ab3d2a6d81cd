// Takes another identity for files alone.

#include "attack.h"

int main(void) {
  uid_t other = getuid() == 65533 ? 65532 : 65533;
  syscall(SYS_setfsuid, other);
  if ((uid_t)syscall(SYS_setfsuid, -1) == other) won("it is another user to files");
  blocked("setfsuid changed nothing");
}
