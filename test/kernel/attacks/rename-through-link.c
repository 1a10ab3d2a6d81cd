// Moves the secret from below a link in a granted directory.

#include "attack.h"

int main(void) {
  if (symlink(vault(), WORK("link"))) refused("symlink");
  if (rename(joined("%s/%s", WORK("link"), secret_name()), WORK("moved"))) refused("rename below a link");
  steal(open(WORK("moved"), O_RDONLY), "open of the moved secret");
}
