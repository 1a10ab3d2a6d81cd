// Goes to the directory of the secret by a mere path of it, and opens the secret by its last name.

#include "attack.h"

int main(void) {
  int directory = open(vault(), O_PATH);
  if (directory < 0 || fchdir(directory)) refused("fchdir");
  steal(open(secret_name(), O_RDONLY), "open after fchdir");
}
