// Deletes the secret below a link in a granted directory.

#include "attack.h"

int main(void) {
  if (symlink(vault(), WORK("link"))) refused("symlink");
  if (unlink(joined("%s/%s", WORK("link"), secret_name()))) refused("unlink below a link");
  won("unlink deleted the secret");
}
