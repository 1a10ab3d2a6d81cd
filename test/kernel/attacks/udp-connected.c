// Connects a socket of datagrams and writes to it.

#include "attack.h"

#include "datagram.h"

int main(void) {
  struct sockaddr_in address = loopback("ATTACK_PORT");
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) || write(fd, "x", 1) != 1) refused("UDP connect and write");
  await_answer(fd, "UDP connect and write");
}
