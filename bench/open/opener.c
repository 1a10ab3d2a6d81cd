// Owns: opening one file again and again. Call: opener FILE ROUNDS OPENS. Prints the nanoseconds of one open, one line
// a round.

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **arguments) {
  if (count != 4) return 2;
  int rounds = atoi(arguments[2]), opens = atoi(arguments[3]);
  for (int round = 0; round < rounds; round++) {
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    for (int left = opens; left > 0; left--) {
      int fd = open(arguments[1], O_RDONLY | O_CLOEXEC);
      if (fd < 0) return 1;
      close(fd);
    }
    clock_gettime(CLOCK_MONOTONIC, &after);
    long ns = (after.tv_sec - before.tv_sec) * 1000000000L + (after.tv_nsec - before.tv_nsec);
    printf("%ld\n", ns / opens);
  }
  return 0;
}
