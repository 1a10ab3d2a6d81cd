// Changes the path in memory while link reads it: judged as one file, linked another.

#include "attack.h"

int main(void) {
  const char *mine = plain("mine"), *name = WORK("name"), *secret = SECRET;
  struct flip *flip = flip_texts(mine, secret);
  for (int index = 0; index < TRIES; index++) {
    if (link(flip->buffer, name)) continue;
    int fd = open(name, O_RDONLY);
    if (fd >= 0 && is_secret(fd)) won("the secret has a second name, after %d tries", index + 1);
    close(fd);
    unlink(name);
  }
  blocked("0 of %d links were to the secret", TRIES);
}
