// Connects to a granted port, lets go (AF_UNSPEC) and connects the same socket elsewhere.

#include "attack.h"

int main(void) {
  struct sockaddr_in granted = loopback("ATTACK_ALLOWED_PORT"), address = loopback("ATTACK_PORT");
  struct sockaddr nothing = {.sa_family = AF_UNSPEC};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&granted, sizeof granted)) refused("connect to the granted port");
  connect(fd, &nothing, sizeof nothing);
  if (connect(fd, (struct sockaddr *)&address, sizeof address)) refused("connect of a used socket");
  won("connected");
}
