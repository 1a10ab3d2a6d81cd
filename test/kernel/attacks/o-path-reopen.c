// Opens the secret as a mere path, which reads nothing, and reopens that for reading.

#include "attack.h"

int main(void) {
  int path = open(SECRET, O_PATH);
  if (path < 0) refused("open O_PATH");
  steal(open(joined("/proc/self/fd/%d", path), O_RDONLY), "open by /proc/self/fd/N");
}
