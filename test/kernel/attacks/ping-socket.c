// Makes a socket for pings, which is no raw one.

#include "attack.h"

int main(void) {
  if (socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP) < 0) {
    // The kernel's own refusal, by net.ipv4.ping_group_range.
    if (errno == EACCES) absent("no group may ping");
    refused("socket IPPROTO_ICMP");
  }
  won("it has a socket for pings");
}
