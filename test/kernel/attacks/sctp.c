// Makes a socket of SCTP.

#include "attack.h"

int main(void) {
  if (socket(AF_INET, SOCK_STREAM, 132 /* IPPROTO_SCTP */) >= 0 || socket(AF_INET, SOCK_SEQPACKET, 132) >= 0) won("it has a socket of SCTP");
  if (access("/proc/sys/net/sctp", F_OK)) absent("no SCTP");
  refused("socket IPPROTO_SCTP");
}
