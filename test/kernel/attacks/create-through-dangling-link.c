// Creates a file outside the scope through a link to a name that is not there yet.

#include "attack.h"

int main(void) {
  const char *outside = joined("%s/new", vault());
  if (symlink(outside, WORK("dangling"))) refused("symlink");
  if (open(WORK("dangling"), O_WRONLY | O_CREAT, 0600) < 0) refused("open O_CREAT");
  struct stat made;
  if (stat(outside, &made)) blocked("it was made elsewhere");
  won("a new file lies outside the scope");
}
