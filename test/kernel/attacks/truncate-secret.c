// Empties the secret by opening it as a new file.

#include "attack.h"

int main(void) {
  int fd = creat(SECRET, 0600);
  if (fd < 0) refused("creat");
  won("creat emptied the secret");
}
