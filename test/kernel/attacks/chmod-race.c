// Changes the path in memory while chmod reads it: judged as one file, done to another.

#include "attack.h"

int main(void) {
  const char *mine = plain("mine"), *foreign = READONLY("file");
  struct flip *flip = flip_texts(mine, foreign);
  struct stat now;
  for (int index = 0; index < TRIES; index++) {
    if (chmod(flip->buffer, 0640)) continue;
    if (stat(foreign, &now) == 0 && (now.st_mode & 0777) == 0640) won("the mode of a file that may only be read was changed, after %d tries", index + 1);
  }
  blocked("0 of %d tries reached it", TRIES);
}
