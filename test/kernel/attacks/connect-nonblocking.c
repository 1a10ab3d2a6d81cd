// Connects without waiting, and asks later whether it is done.

#include "attack.h"

#include <poll.h>

int main(void) {
  struct sockaddr_in address = loopback("ATTACK_PORT"), peer;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd < 0 || (connect(fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)) refused("connect");
  struct pollfd polled = {fd, POLLOUT, 0};
  poll(&polled, 1, 2000);
  socklen_t length = sizeof peer;
  if (getpeername(fd, (struct sockaddr *)&peer, &length)) refused("getpeername");
  won("connected");
}
