// Makes a socket of datagrams under the name of a raw one, which is the same to AF_UNIX.

#include "attack.h"

int main(void) {
  struct sockaddr_un address = unix_path(target("ATTACK_DATAGRAM"));
  int fd = socket(AF_UNIX, SOCK_RAW, 0);
  if (fd < 0 || sendto(fd, "x", 1, 0, (struct sockaddr *)&address, sizeof address) < 0) refused("sendto a socket");
  won("sent to a socket");
}
