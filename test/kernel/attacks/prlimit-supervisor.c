// Sets the supervisor's resource limits (to what they are).

#include "attack.h"

#include <sys/resource.h>

int main(void) {
  struct rlimit limit;
  if (prlimit(SUPERVISOR, RLIMIT_FSIZE, 0, &limit)) refused("prlimit");
  if (prlimit(SUPERVISOR, RLIMIT_FSIZE, &limit, 0)) refused("prlimit");
  won("set a limit of the supervisor's");
}
