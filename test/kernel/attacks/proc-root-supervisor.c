// Reaches the secret through the supervisor's root and working directory.

#include "attack.h"

int main(void) {
  steal(open(joined("/proc/%d/root%s", SUPERVISOR, SECRET), O_RDONLY), "open by /proc/SUPERVISOR/root");
}
