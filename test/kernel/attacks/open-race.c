// Changes the path in memory while open reads it: judged as one file, opened as another.

#include "attack.h"

int main(void) {
  struct flip *flip = flip_texts(plain("mine"), SECRET);
  for (int index = 0; index < TRIES; index++) {
    int fd = open(flip->buffer, O_RDONLY);
    if (fd < 0) continue;
    if (is_secret(fd)) won("the secret was read, after %d tries", index + 1);
    close(fd);
  }
  blocked("0 of %d opens read the secret", TRIES);
}
