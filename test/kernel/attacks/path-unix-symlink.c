// Connects to such a socket by a link in a granted directory.

#include "attack.h"

int main(void) {
  if (symlink(target("ATTACK_GIVER"), WORK("link"))) refused("symlink");
  struct sockaddr_un address = unix_path(WORK("link"));
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) refused("connect to a link");
  won("connected by a link");
}
