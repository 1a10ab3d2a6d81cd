// Changes the path in memory while open reads it: judged as one file, opened as another.

#include "attack.h"

int main(void) {
  struct flip *flip = flip_texts(plain("mine"), SECRET);
  int wins = 0;
  for (int index = 0; index < TRIES; index++) {
    int fd = open(flip->buffer, O_RDONLY);
    if (fd < 0) continue;
    wins += is_secret(fd);
    close(fd);
  }
  if (wins) won("%d of %d opens read the secret", wins, TRIES);
  blocked("0 of %d opens read the secret", TRIES);
}
