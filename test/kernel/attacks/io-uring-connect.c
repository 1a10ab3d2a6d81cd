// Connects to a port that is not granted by io_uring, which makes no system call for it.

#include "ring.h"

int main(void) {
  struct sockaddr_in address = loopback("ATTACK_PORT");
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) refused("socket");
  struct io_uring_sqe connecting = {.opcode = IORING_OP_CONNECT, .fd = fd, .addr = (uintptr_t)&address, .off = sizeof address};
  if (by_ring(connecting) < 0) refused("connect by io_uring");
  won("connected by io_uring");
}
