// Takes a lease on a file that may only be read: whoever opens it to write then waits for the holder, up to a minute.

#include "attack.h"

int main(void) {
  int fd = open(READONLY("file"), O_RDONLY);
  if (fd < 0) refused("open");
  if (fcntl(fd, F_SETLEASE, F_RDLCK)) refused("fcntl F_SETLEASE");
  won("holds up whoever writes what may only be read");
}
