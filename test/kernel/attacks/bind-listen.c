// Waits for connections at a port that is not granted.

#include "attack.h"

int main(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address)) refused("bind");
  if (listen(fd, 1)) refused("listen");
  won("it waits for connections");
}
