// Sends to such a socket from one end of a pair, which was made connected and by another call.

#include "attack.h"

int main(void) {
  struct sockaddr_un address = unix_path(target("ATTACK_DATAGRAM"));
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair)) refused("socketpair SOCK_DGRAM");
  if (sendto(pair[0], "x", 1, 0, (struct sockaddr *)&address, sizeof address) < 0) refused("sendto a socket");
  won("sent to a socket");
}
