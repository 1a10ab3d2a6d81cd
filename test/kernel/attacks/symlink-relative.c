// Follows links to links, the last relative to a granted directory and out of it.

#include "attack.h"

int main(void) {
  const char *vault_name = strrchr(vault(), '/') + 1;
  if (symlink(joined("../%s", vault_name), WORK("up"))) refused("symlink");
  if (symlink(joined("up/../%s/%s", vault_name, secret_name()), WORK("link"))) refused("symlink");
  steal(open(WORK("link"), O_RDONLY), "open of a link over a link");
}
