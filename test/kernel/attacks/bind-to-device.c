// Has a granted address mean the host that has it behind a device of its choice.

#include "attack.h"

int main(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) < 0) refused("setsockopt SO_BINDTODEVICE");
  won("the socket is bound to a device");
}
