// Connects to it by IPv6, in which the address of IPv4 is mapped.

#include "attack.h"

int main(void) {
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = loopback("ATTACK_PORT").sin_port};
  inet_pton(AF_INET6, "::ffff:127.0.0.1", &address.sin6_addr);
  int fd = socket(AF_INET6, SOCK_STREAM, 0);
  if (fd < 0 && errno == EAFNOSUPPORT && access("/proc/net/if_inet6", F_OK)) absent("no IPv6");
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) refused("connect by IPv6");
  won("connected by IPv6");
}
