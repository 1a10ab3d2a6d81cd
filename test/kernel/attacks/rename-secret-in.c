// Moves the secret into a granted directory, where its name is harmless.

#include "attack.h"

int main(void) {
  if (rename(SECRET, WORK("moved"))) refused("rename");
  steal(open(WORK("moved"), O_RDONLY), "open of the moved secret");
}
