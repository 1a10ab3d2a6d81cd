// Sends to it by MSG_FASTOPEN, which connects without a connect.

#include "attack.h"

int main(void) {
  struct sockaddr_in address = loopback("ATTACK_PORT");
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&address, sizeof address) < 0) refused("sendto MSG_FASTOPEN");
  won("sent by MSG_FASTOPEN");
}
