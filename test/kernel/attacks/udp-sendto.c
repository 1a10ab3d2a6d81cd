// Sends a datagram by sendto.

#include "attack.h"

#include "datagram.h"

int main(void) {
  struct sockaddr_in address = loopback("ATTACK_PORT");
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || sendto(fd, "x", 1, 0, (struct sockaddr *)&address, sizeof address) < 0) refused("UDP sendto");
  await_answer(fd, "UDP sendto");
}
