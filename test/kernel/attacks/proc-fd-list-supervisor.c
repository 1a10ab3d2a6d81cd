// Lists what the supervisor has open.

#include "attack.h"

#include <dirent.h>

int main(void) {
  DIR *directory = opendir(joined("/proc/%d/fd", SUPERVISOR));
  if (!directory) refused("open of /proc/SUPERVISOR/fd");
  if (!readdir(directory)) blocked("it is empty");
  won("listed the supervisor's files");
}
