// Owns: whether a datagram arrived: whoever listens at ATTACK_PORT answers each.

#ifndef DATAGRAM_H
#define DATAGRAM_H
#include "attack.h"
#include <poll.h>

MAYBE _Noreturn void await_answer(int fd, const char *how) {
  char text[64];
  struct pollfd polled = {fd, POLLIN, 0};
  if (poll(&polled, 1, 2000) <= 0) blocked("%s: no answer came", how);
  if (recv(fd, text, sizeof text, 0) < 0) refused(how);
  won("%s reached a port that is not granted, and an answer came", how);
}

#endif
