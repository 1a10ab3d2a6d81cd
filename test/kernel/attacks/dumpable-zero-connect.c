// Makes its own memory unreadable for others before it connects.

#include "attack.h"

int main(void) {
  if (prctl(PR_SET_DUMPABLE, 0)) refused("prctl PR_SET_DUMPABLE");
  struct sockaddr_in address = loopback("ATTACK_PORT");
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) refused("connect");
  won("an undumpable process connected");
}
