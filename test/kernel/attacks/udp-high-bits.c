// Makes such a socket by numbers whose upper halves are set, which a filter may compare and the kernel drops.

#include "attack.h"

#include "datagram.h"

int main(void) {
  struct sockaddr_in address = loopback("ATTACK_PORT");
  unsigned long high = 1ul << 32;
  int fd = (int)syscall(SYS_socket, high | AF_INET, high | SOCK_DGRAM, high);
  if (fd < 0 || sendto(fd, "x", 1, 0, (struct sockaddr *)&address, sizeof address) < 0) refused("UDP sendto");
  await_answer(fd, "UDP sendto");
}
