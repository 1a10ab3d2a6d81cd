// Changes the path in memory while rename reads it: judged as one file, moved as another.

#include "attack.h"

int main(void) {
  const char *mine = plain("mine"), *moved = WORK("moved"), *secret = SECRET;
  struct flip *flip = flip_texts(mine, secret);
  for (int index = 0; index < TRIES; index++) {
    if (rename(flip->buffer, moved)) continue;
    int fd = open(moved, O_RDONLY);
    if (fd >= 0 && is_secret(fd)) won("the secret was moved, after %d tries", index + 1);
    close(fd);
    plain("mine");
  }
  blocked("0 of %d renames moved the secret", TRIES);
}
