// Sends to it by sendmsg and MSG_FASTOPEN.

#include "attack.h"

int main(void) {
  struct sockaddr_in address = loopback("ATTACK_PORT");
  struct iovec text = {"x", 1};
  struct msghdr message = {.msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &text, .msg_iovlen = 1};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || sendmsg(fd, &message, MSG_FASTOPEN) < 0) refused("sendmsg MSG_FASTOPEN");
  won("sent by MSG_FASTOPEN");
}
