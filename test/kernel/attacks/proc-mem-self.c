// Writes its own memory through /proc/self/mem, past the rights of the mapping.

#include "attack.h"

static const volatile long value = 1;

int main(void) {
  int fd = open("/proc/self/mem", O_RDWR);
  long two = 2;
  if (fd < 0 || pwrite(fd, &two, sizeof two, (off_t)(uintptr_t)&value) != sizeof two) refused("write of /proc/self/mem");
  won("wrote memory that is mapped for reading only");
}
