// Connects to it by Multipath TCP, which is another protocol to who filters TCP.

#include "attack.h"

int main(void) {
  struct sockaddr_in address = loopback("ATTACK_PORT");
  int fd = socket(AF_INET, SOCK_STREAM, 262 /* IPPROTO_MPTCP */);
  if (fd < 0 && (errno == EPROTONOSUPPORT || errno == ENOPROTOOPT)) {
    // The same answer comes from a kernel without it, which says so here, and from a filter.
    if (access("/proc/sys/net/mptcp/enabled", F_OK)) absent("no Multipath TCP");
  }
  if (fd < 0) refused("socket IPPROTO_MPTCP");
  if (connect(fd, (struct sockaddr *)&address, sizeof address)) refused("connect by Multipath TCP");
  won("connected by Multipath TCP");
}
