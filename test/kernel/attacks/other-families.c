// Makes a socket of any other family there is.

#include "attack.h"

int main(void) {
  int failure = 0, made = 0, last = 0;
  for (int family = 3; family < 64; family++) {
    if (family == AF_INET6 || family == AF_NETLINK || family == AF_PACKET || family == 40 /* AF_VSOCK */) continue;
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET};
    for (int index = 0; index < 4; index++) {
      int fd = socket(family, types[index], 0);
      if (fd >= 0) made++, last = family, close(fd);
      else if (errno != EAFNOSUPPORT) failure = errno;
    }
  }
  if (made) won("it has %d sockets, one of family %d", made, last);
  if (!failure) failure = EAFNOSUPPORT;
  errno = failure;
  refused("socket of 59 families");
}
