// Opens the supervisor's memory as a file, for writing.

#include "attack.h"

int main(void) {
  if (open(joined("/proc/%d/mem", SUPERVISOR), O_RDWR) < 0) refused("open of /proc/SUPERVISOR/mem");
  won("opened the supervisor's memory for writing");
}
