// Makes a socket in a directory that may only be read, by binding it there.

#include "attack.h"

int main(void) {
  struct sockaddr_un address = unix_path(READONLY("new"));
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address)) refused("bind");
  won("bind made a socket");
}
