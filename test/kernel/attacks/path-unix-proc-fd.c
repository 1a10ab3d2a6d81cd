// Connects to such a socket by /proc/self/fd and a mere path of it.

#include "attack.h"

int main(void) {
  int path = open(target("ATTACK_GIVER"), O_PATH);
  if (path < 0) refused("open O_PATH");
  struct sockaddr_un address = unix_path(joined("/proc/self/fd/%d", path));
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) refused("connect by /proc/self/fd/N");
  won("connected by /proc/self/fd/N");
}
