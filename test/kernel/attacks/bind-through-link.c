// Makes a socket outside the scope, by binding it below a link in a granted directory.

#include "attack.h"

int main(void) {
  if (symlink(vault(), WORK("link"))) refused("symlink");
  struct sockaddr_un address = unix_path(joined("%s/new", WORK("link")));
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address)) refused("bind below a link");
  won("bind made a socket outside the scope");
}
