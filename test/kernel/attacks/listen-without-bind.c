// Waits for connections without binding: listen takes a port by itself.

#include "attack.h"

int main(void) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || listen(fd, 1)) refused("listen");
  if (getsockname(fd, (struct sockaddr *)&address, &length) || address.sin_port == 0) blocked("it has no port");
  won("it waits for connections at a port that the kernel chose");
}
