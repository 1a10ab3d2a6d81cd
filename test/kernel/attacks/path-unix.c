// Connects to a socket outside the scope, behind which a service may do what it is told.

#include "attack.h"

int main(void) {
  struct sockaddr_un address = unix_path(target("ATTACK_GIVER"));
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) refused("connect to a socket");
  won("connected to a socket");
}
