// Replaces the hook settings by a link to a file of its own.

#include "attack.h"

int main(void) {
  plain("mine");
  if (symlink("../mine", WORK("link"))) refused("symlink");
  if (rename(WORK("link"), target("ATTACK_HOOKS"))) refused("rename over the hook settings");
  won("the hook settings are its own");
}
