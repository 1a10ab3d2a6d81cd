// Connects to a port that is not granted.

#include "attack.h"

int main(void) {
  struct sockaddr_in address = loopback("ATTACK_PORT");
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) refused("connect");
  won("connected");
}
