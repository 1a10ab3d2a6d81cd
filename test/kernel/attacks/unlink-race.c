// Changes the path in memory while unlink reads it: judged as one file, deleted as another.

#include "attack.h"

int main(void) {
  const char *mine = plain("mine"), *secret = SECRET;
  struct flip *flip = flip_texts(mine, secret);
  struct stat there;
  for (int index = 0; index < TRIES; index++) {
    if (unlink(flip->buffer)) continue;
    if (stat(secret, &there)) won("the secret was deleted, after %d tries", index + 1);
    plain("mine");
  }
  blocked("0 of %d unlinks deleted the secret", TRIES);
}
