// Asks for the size and times of the secret, without opening it.

#include "attack.h"

int main(void) {
  struct stat about;
  if (stat(SECRET, &about)) refused("stat");
  won("stat gave its size, %lld bytes", (long long)about.st_size);
}
