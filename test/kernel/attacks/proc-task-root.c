// Reaches the secret through the task directory of its own process.

#include "attack.h"

int main(void) {
  steal(open(joined("/proc/%d/task/%d/root%s", getpid(), getpid(), SECRET), O_RDONLY), "open by /proc/PID/task/TID/root");
}
