// Sends to it by sendmmsg and MSG_FASTOPEN.

#include "attack.h"

int main(void) {
  struct sockaddr_in address = loopback("ATTACK_PORT");
  struct iovec text = {"x", 1};
  struct mmsghdr message = {.msg_hdr = {.msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &text, .msg_iovlen = 1}};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || sendmmsg(fd, &message, 1, MSG_FASTOPEN) < 0) refused("sendmmsg MSG_FASTOPEN");
  won("sent by MSG_FASTOPEN");
}
