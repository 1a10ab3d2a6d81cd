// Takes messages from a queue of a process outside, which has a name and no path.

#include "attack.h"

#include <mqueue.h>

int main(void) {
  mqd_t queue = mq_open(target("ATTACK_QUEUE"), O_RDONLY | O_NONBLOCK);
  if (queue < 0) {
    if (errno == ENOSYS) absent("no POSIX queues");
    refused("mq_open");
  }
  char text[64] = {0};
  if (mq_receive(queue, text, sizeof text, 0) < 0) refused("mq_receive");
  won("took a message of a process outside");
}
