// Goes to the directory of the secret and opens it by its last name.

#include "attack.h"

int main(void) {
  if (chdir(vault())) refused("chdir");
  steal(open(secret_name(), O_RDONLY), "open after chdir");
}
