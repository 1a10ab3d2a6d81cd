// Takes processor and disk time from the supervisor, by the calls that priority-supervisor leaves out (to what they
// are).

#include "attack.h"

struct attributes {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
};

int main(void) {
  int pid = SUPERVISOR, done = 0;
  struct attributes attributes;
  done += !syscall(SYS_sched_getattr, pid, &attributes, sizeof attributes, 0) &&
          !syscall(SYS_sched_setattr, pid, &attributes, 0);
  struct sched_param parameter = {0};
  done += sched_setparam(pid, &parameter) == 0;
  // IOPRIO_WHO_PROCESS, best effort, in the middle.
  done += syscall(SYS_ioprio_set, 1, pid, 2 << 13 | 4) == 0;
  if (!done) refused("ioprio_set");
  won("%d of 3 calls rule the supervisor's scheduling", done);
}
