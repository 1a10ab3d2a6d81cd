// Takes a descriptor of the secret from a process outside, by a socket in a granted directory.

#include "attack.h"

#include "receive.h"

int main(void) {
  struct sockaddr_un address = unix_path(WORK("giver"));
  take_secret(&address, sizeof address);
}
