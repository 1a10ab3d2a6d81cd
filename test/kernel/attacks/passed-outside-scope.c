// Takes a descriptor of the secret from a process outside, by a socket outside the scope.

#include "attack.h"

#include "receive.h"

int main(void) {
  struct sockaddr_un address = unix_path(target("ATTACK_GIVER"));
  take_secret(&address, sizeof address);
}
