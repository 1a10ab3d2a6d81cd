// Makes a socket to the kernel's network configuration.

#include "attack.h"

int main(void) {
  if (socket(AF_NETLINK, SOCK_RAW, 0 /* NETLINK_ROUTE */) < 0) refused("socket AF_NETLINK");
  won("it has a netlink socket");
}
