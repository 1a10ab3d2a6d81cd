// Creates a file beside the secret.

#include "attack.h"

int main(void) {
  if (open(joined("%s/new", vault()), O_WRONLY | O_CREAT | O_EXCL, 0600) < 0) refused("open O_CREAT");
  won("a new file lies outside the scope");
}
