// Looks for a token in the environment of whoever started it.

#include "attack.h"

int main(void) {
  if (getenv("ATTACK_TOKEN")) won("the token is in its environment");
  blocked("its environment was chosen");
}
