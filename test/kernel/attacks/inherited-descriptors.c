// Looks for the secret among descriptors that it was started with.

#include "attack.h"

int main(void) {
  for (int fd = 0; fd < 1024; fd++)
    if (is_secret(fd)) won("descriptor %d, open from the start, reads the secret", fd);
  blocked("no descriptor reads the secret");
}
