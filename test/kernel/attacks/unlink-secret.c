// Deletes the secret.

#include "attack.h"

int main(void) {
  if (unlink(SECRET)) refused("unlink");
  won("unlink deleted the secret");
}
