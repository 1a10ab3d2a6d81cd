// Makes a socket below IP.

#include "attack.h"

int main(void) {
  if (socket(AF_PACKET, SOCK_RAW, 0) < 0) refused("socket AF_PACKET");
  won("it has a socket below IP");
}
