// Makes a socket of raw IP.

#include "attack.h"

int main(void) {
  if (socket(AF_INET, SOCK_RAW, IPPROTO_RAW) < 0) refused("socket SOCK_RAW");
  won("it has a raw socket");
}
