// Connects by an address with more bytes behind it, which a copy may leave unread.

#include "attack.h"

int main(void) {
  struct {
    struct sockaddr_in address;
    char more[112];
  } long_address = {loopback("ATTACK_PORT"), {0}};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&long_address, sizeof long_address)) refused("connect");
  won("connected");
}
