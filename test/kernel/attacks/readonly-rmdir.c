// Deletes a directory from one that may only be read.

#include "attack.h"

int main(void) {
  if (syscall(SYS_unlinkat, AT_FDCWD, READONLY("empty"), AT_REMOVEDIR)) refused("unlinkat AT_REMOVEDIR");
  won("unlinkat deleted the directory");
}
