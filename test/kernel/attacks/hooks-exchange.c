// Exchanges the hook settings' directory with one of its own.

#include "attack.h"

int main(void) {
  char directory[PATH_MAX];
  strcpy(directory, target("ATTACK_HOOKS"));
  *strrchr(directory, '/') = 0;
  if (mkdir(WORK("mine"), 0700)) refused("mkdir");
  if (syscall(SYS_renameat2, AT_FDCWD, WORK("mine"), AT_FDCWD, directory, 2 /* RENAME_EXCHANGE */)) refused("renameat2");
  won("the hook settings lie elsewhere");
}
