// Sends a datagram by sendmsg, whose address lies in memory where a filter cannot see it.

#include "attack.h"

#include "datagram.h"

int main(void) {
  struct sockaddr_in address = loopback("ATTACK_PORT");
  struct iovec text = {"x", 1};
  struct msghdr message = {.msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &text, .msg_iovlen = 1};
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || sendmsg(fd, &message, 0) < 0) refused("UDP sendmsg");
  await_answer(fd, "UDP sendmsg");
}
