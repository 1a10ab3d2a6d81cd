// Connects to it by the address 0.0.0.0, which leads to this machine.

#include "attack.h"

int main(void) {
  struct sockaddr_in address = loopback("ATTACK_PORT");
  address.sin_addr.s_addr = 0;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) refused("connect to 0.0.0.0");
  won("connected by 0.0.0.0");
}
