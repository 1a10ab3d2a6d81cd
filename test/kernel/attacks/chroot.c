// Makes the secret's directory its root, where the secret has another name.

#include "attack.h"

int main(void) {
  if (chroot(vault()) || chdir("/")) refused("chroot");
  steal(open(joined("/%s", secret_name()), O_RDONLY), "open below another root");
}
