// Sets the clock (to a time that there is not).

#include "attack.h"

int main(void) {
  struct timespec never = {0, -1};
  if (syscall(SYS_clock_settime, CLOCK_REALTIME, &never) && errno == EPERM) refused("clock_settime");
  won("clock_settime looked at the time");
}
