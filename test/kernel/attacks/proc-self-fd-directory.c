// Reaches the secret below a descriptor of its directory, by /proc/self/fd.

#include "attack.h"

int main(void) {
  int directory = open(vault(), O_PATH | O_DIRECTORY);
  if (directory < 0) refused("open O_PATH");
  steal(open(joined("/proc/self/fd/%d/%s", directory, secret_name()), O_RDONLY), "open by /proc/self/fd/N/NAME");
}
