// Leaves a granted directory by "..", with dots between.

#include "attack.h"

int main(void) {
  const char *vault_name = strrchr(vault(), '/') + 1;
  steal(open(joined("%s/../%s/./%s", WORK("."), vault_name, secret_name()), O_RDONLY), "open with ..");
}
