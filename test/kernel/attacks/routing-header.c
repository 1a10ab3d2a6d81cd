// Has packets to a granted IPv6 address go by way of another host, or end there, by a routing header (RFC 8754).

#include "attack.h"

int main(void) {
  // Next header, length in 8 octets, type 4, one segment left, last entry 1, flags, tag, two addresses.
  unsigned char header[40] = {0, 4, 4, 1, 1, 0, 0, 0};
  header[8] = header[24] = 0xfd;
  header[23] = 9;
  header[39] = 2;
  int fd = socket(AF_INET6, SOCK_STREAM, 0);
  if (fd < 0 && errno == EAFNOSUPPORT) absent("there is no IPv6");
  if (setsockopt(fd, IPPROTO_IPV6, IPV6_RTHDR, header, sizeof header) < 0) {
    if (errno == EINVAL || errno == ENOPROTOOPT) absent("the kernel knows no segment routing");
    refused("setsockopt IPV6_RTHDR");
  }
  won("packets go where the header says");
}
