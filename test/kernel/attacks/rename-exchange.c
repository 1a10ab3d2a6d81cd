// Exchanges a granted file and the secret, each taking the other's name.

#include "attack.h"

int main(void) {
  const char *mine = plain("mine");
  if (syscall(SYS_renameat2, AT_FDCWD, mine, AT_FDCWD, SECRET, 2 /* RENAME_EXCHANGE */)) refused("renameat2");
  steal(open(mine, O_RDONLY), "open of the exchanged file");
}
