// Writes a nameless file in a directory that may only be read.

#include "attack.h"

int main(void) {
  int fd = open(target("ATTACK_READONLY"), O_TMPFILE | O_WRONLY, 0600);
  if (fd < 0) {
    if (errno == EOPNOTSUPP) absent("the file system has no O_TMPFILE");
    refused("open O_TMPFILE");
  }
  won("a nameless file was made");
}
