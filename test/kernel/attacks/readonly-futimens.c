// Sets the times of a file through a descriptor that only reads.

#include "attack.h"

int main(void) {
  struct timespec times[2] = {{1, 0}, {1, 0}};
  int fd = open(READONLY("file"), O_RDONLY);
  if (fd < 0 || futimens(fd, times)) refused("futimens");
  won("futimens set its times");
}
