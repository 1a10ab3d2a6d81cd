// Takes a descriptor of the secret from a process outside, by an abstract name.

#include "attack.h"

#include "receive.h"

int main(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strcpy(address.sun_path + 1, target("ATTACK_ABSTRACT"));
  take_secret(&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(address.sun_path + 1)));
}
