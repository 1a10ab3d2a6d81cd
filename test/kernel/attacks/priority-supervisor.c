// Takes processor time from the supervisor, by its priority, affinity and scheduling class (to what they are).

#include "attack.h"

#include <sys/resource.h>

int main(void) {
  int pid = SUPERVISOR, done = 0;
  errno = 0;
  int priority = getpriority(PRIO_PROCESS, (id_t)pid);
  if (errno) refused("getpriority");
  done += setpriority(PRIO_PROCESS, (id_t)pid, priority) == 0;
  cpu_set_t set;
  done += sched_getaffinity(pid, sizeof set, &set) == 0 && sched_setaffinity(pid, sizeof set, &set) == 0;
  struct sched_param parameter = {0};
  done += sched_setscheduler(pid, sched_getscheduler(pid), &parameter) == 0;
  if (!done) refused("sched_setscheduler");
  won("%d of 3 calls rule the supervisor's scheduling", done);
}
