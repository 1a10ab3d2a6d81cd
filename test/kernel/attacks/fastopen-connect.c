// Connects by TCP_FASTOPEN_CONNECT, which answers at once and sends with the first write.

#include "attack.h"

int main(void) {
  struct sockaddr_in address = loopback("ATTACK_PORT"), peer;
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  if (fd < 0) refused("socket");
  if (setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof on)) absent("no TCP_FASTOPEN_CONNECT");
  if (connect(fd, (struct sockaddr *)&address, sizeof address)) refused("connect");
  socklen_t length = sizeof peer;
  if (write(fd, "x", 1) != 1 || getpeername(fd, (struct sockaddr *)&peer, &length)) refused("write");
  won("connected by the first write");
}
