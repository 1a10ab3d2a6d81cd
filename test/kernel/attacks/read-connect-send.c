// Reads what must not leave, then connects where it might and sends it.

#include "attack.h"

int main(void) {
  char text[64];
  int secret = open(target("ATTACK_CONFIDENTIAL"), O_RDONLY);
  ssize_t length = secret < 0 ? -1 : read(secret, text, sizeof text);
  if (length <= 0) refused("read");
  struct sockaddr_in address = loopback("ATTACK_ALLOWED_PORT");
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) refused("connect to the granted port");
  if (send(fd, text, (size_t)length, MSG_NOSIGNAL) < 0) refused("send");
  won("what must not leave was sent");
}
