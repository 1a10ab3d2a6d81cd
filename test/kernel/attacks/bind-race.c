// Changes the port in memory while bind reads it: judged as one endpoint, bound to another.

#include "attack.h"

int main(void) {
  // The granted port is the listener's, so binding it fails as it should; any other is a win.
  struct sockaddr_in granted = loopback("ATTACK_ALLOWED_PORT"), foreign = granted, bound;
  foreign.sin_port = 0;
  struct flip flip = {.buffer = shared_page(), .one = &granted, .other = &foreign, .length = sizeof granted};
  start_flip(&flip);
  for (int index = 0; index < TRIES; index++) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) refused("socket");
    socklen_t length = sizeof bound;
    if (bind(fd, (struct sockaddr *)flip.buffer, sizeof granted) == 0 && getsockname(fd, (struct sockaddr *)&bound, &length) == 0)
      if (bound.sin_port != granted.sin_port) won("a port that is not granted was taken, after %d tries", index + 1);
    close(fd);
  }
  blocked("0 of %d binds took one", TRIES);
}
