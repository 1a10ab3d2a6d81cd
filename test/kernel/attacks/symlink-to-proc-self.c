// A link that leads to /proc/self, so that a name checked as text never mentions it.

#include "attack.h"

int main(void) {
  if (symlink("/proc/self", WORK("self"))) refused("symlink");
  steal(open(joined("%s/root%s", WORK("self"), SECRET), O_RDONLY), "open by a link to /proc/self");
}
