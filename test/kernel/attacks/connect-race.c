// Changes the port in memory while connect reads it: judged as one endpoint, connected to another.

#include "attack.h"

int main(void) {
  struct sockaddr_in granted = loopback("ATTACK_ALLOWED_PORT"), foreign = loopback("ATTACK_PORT"), peer;
  struct flip flip = {.buffer = shared_page(), .one = &granted, .other = &foreign, .length = sizeof granted};
  start_flip(&flip);
  int granted_count = 0;
  struct linger abort = {1, 0}; // so that tries leave no port behind in TIME_WAIT
  for (int index = 0; index < TRIES; index++) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) refused("socket");
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    socklen_t length = sizeof peer;
    if (connect(fd, (struct sockaddr *)flip.buffer, sizeof granted) == 0 &&
        getpeername(fd, (struct sockaddr *)&peer, &length) == 0) {
      if (peer.sin_port == foreign.sin_port) won("a port that is not granted was reached, after %d tries", index + 1);
      granted_count += peer.sin_port == granted.sin_port;
    }
    close(fd);
  }
  blocked("0 of %d connects reached it; %d the granted one", TRIES, granted_count);
}
