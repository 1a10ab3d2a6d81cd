// Sends to it by flags whose upper half is set, which a filter may compare and the kernel drops.

#include "attack.h"

int main(void) {
  struct sockaddr_in address = loopback("ATTACK_PORT");
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || syscall(SYS_sendto, fd, "x", 1, (1ul << 32) | MSG_FASTOPEN, &address, sizeof address) < 0) refused("sendto MSG_FASTOPEN");
  won("sent by MSG_FASTOPEN");
}
