// Reopens a mere path of the secret through /dev/fd.

#include "attack.h"

int main(void) {
  int path = open(SECRET, O_PATH);
  if (path < 0) refused("open O_PATH");
  steal(open(joined("/dev/fd/%d", path), O_RDONLY), "open by /dev/fd/N");
}
