// Changes, by its path, the mode of a file that may only be read.

#include "attack.h"

int main(void) {
  if (chmod(READONLY("file"), 0600)) refused("chmod");
  won("chmod changed the mode");
}
