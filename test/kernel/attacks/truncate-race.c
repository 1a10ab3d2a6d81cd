// Changes the path in memory while truncate reads it: judged as one file, done to another.

#include "attack.h"

int main(void) {
  const char *mine = plain("mine"), *foreign = READONLY("file");
  struct flip *flip = flip_texts(mine, foreign);
  struct stat now;
  for (int index = 0; index < TRIES; index++) {
    if (truncate(flip->buffer, 3)) continue;
    if (stat(foreign, &now) == 0 && now.st_size == 3) won("a file that may only be read was cut, after %d tries", index + 1);
  }
  blocked("0 of %d tries reached it", TRIES);
}
