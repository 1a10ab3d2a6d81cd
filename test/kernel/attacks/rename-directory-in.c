// Moves the secret's whole directory into a granted one.

#include "attack.h"

int main(void) {
  const char *name = secret_name();
  if (rename(vault(), WORK("moved"))) refused("rename");
  steal(open(joined("%s/%s", WORK("moved"), name), O_RDONLY), "open in the moved directory");
}
