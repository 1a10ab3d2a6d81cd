// Connects where it may, then reads what must not leave, and sends it by the connection it has.

#include "attack.h"

#include <poll.h>

int main(void) {
  struct sockaddr_in address = loopback("ATTACK_ALLOWED_PORT");
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) refused("connect to the granted port");
  char text[64], answer[64] = {0};
  int secret = open(target("ATTACK_CONFIDENTIAL"), O_RDONLY);
  ssize_t length = secret < 0 ? -1 : read(secret, text, sizeof text);
  if (length <= 0) refused("read");
  if (send(fd, text, (size_t)length, MSG_NOSIGNAL) < 0) refused("send");
  struct pollfd polled = {fd, POLLIN, 0};
  // Whoever listens there sends back what it was sent.
  if (poll(&polled, 1, 2000) <= 0 || recv(fd, answer, sizeof answer, 0) <= 0) blocked("no answer came");
  if (strncmp(answer, SECRET_TEXT, strlen(SECRET_TEXT))) blocked("another answer came");
  won("what must not leave was sent");
}
