// Puts a socket of its own in the place of the control socket.

#include "attack.h"

int main(void) {
  struct sockaddr_un address = unix_path(target("ATTACK_CONTROL"));
  if (unlink(address.sun_path)) refused("unlink of the control socket");
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address)) refused("bind of another");
  won("it is the control socket now");
}
