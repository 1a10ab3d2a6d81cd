// Counts what the processor does.

#include "attack.h"

#include <linux/perf_event.h>

int main(void) {
  struct perf_event_attr attributes = {.type = PERF_TYPE_SOFTWARE, .size = sizeof attributes, .config = PERF_COUNT_SW_TASK_CLOCK, .exclude_kernel = 1};
  if (syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0) < 0) {
    if (errno == ENOSYS) absent("no perf events");
    refused("perf_event_open");
  }
  won("a performance counter was opened");
}
