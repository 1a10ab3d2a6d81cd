// Connects to a socket with an abstract name, which is no file.

#include "attack.h"

int main(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strcpy(address.sun_path + 1, target("ATTACK_ABSTRACT"));
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(address.sun_path + 1));
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, length)) refused("connect to an abstract name");
  won("connected to an abstract name");
}
