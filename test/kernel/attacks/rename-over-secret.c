// Replaces what is outside the scope by a file of its own.

#include "attack.h"

int main(void) {
  if (rename(plain("mine"), SECRET)) refused("rename");
  struct stat now;
  if (stat(SECRET, &now) == 0 && now.st_size == 16) won("the file at the secret's name is the attacker's");
  blocked("rename did nothing");
}
