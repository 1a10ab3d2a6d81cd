// Sets, by its path, the times of a file that may only be read.

#include "attack.h"

int main(void) {
  struct timespec times[2] = {{1, 0}, {1, 0}};
  if (utimensat(AT_FDCWD, READONLY("file"), times, 0)) refused("utimensat");
  won("utimensat set its times");
}
