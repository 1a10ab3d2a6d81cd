// Opens the secret beside a descriptor of its directory.

#include "attack.h"

int main(void) {
  int directory = open(vault(), O_PATH | O_DIRECTORY);
  if (directory < 0) refused("open O_PATH");
  steal(openat(directory, secret_name(), O_RDONLY), "openat");
}
