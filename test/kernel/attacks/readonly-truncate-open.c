// Opens for reading, and empties the file by O_TRUNC.

#include "attack.h"

int main(void) {
  int fd = open(READONLY("file"), O_RDONLY | O_TRUNC);
  if (fd < 0) refused("open O_RDONLY | O_TRUNC");
  struct stat now;
  if (fstat(fd, &now) || now.st_size > 0) blocked("the file keeps its content");
  won("O_TRUNC emptied the file");
}
