// Reopens a mere path of the secret as /dev/stdin.

#include "attack.h"

int main(void) {
  int path = open(SECRET, O_PATH);
  if (path < 0 || dup2(path, 0) != 0) refused("open O_PATH");
  steal(open("/dev/stdin", O_RDONLY), "open of /dev/stdin");
}
