// Moves away the directory that holds the hook settings, to make another.

#include "attack.h"

int main(void) {
  char directory[PATH_MAX];
  strcpy(directory, target("ATTACK_HOOKS"));
  *strrchr(directory, '/') = 0;
  if (rename(directory, WORK("away"))) refused("rename of the directory");
  won("the hook settings lie elsewhere");
}
