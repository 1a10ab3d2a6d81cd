// Moves a granted directory away and the secret's into its place.

#include "attack.h"

int main(void) {
  const char *name = secret_name(), *work = target("ATTACK_WORK"), *from = vault();
  if (rename(work, joined("%s.away", work))) refused("rename of the granted directory");
  if (rename(from, work)) refused("rename of the secret's directory");
  steal(open(joined("%s/%s", work, name), O_RDONLY), "open in what took the granted name");
}
