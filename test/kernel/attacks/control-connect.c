// Connects to the control socket, by which approvals are given.

#include "attack.h"

int main(void) {
  struct sockaddr_un address = unix_path(target("ATTACK_CONTROL"));
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) refused("connect to the control socket");
  won("connected to the control socket");
}
