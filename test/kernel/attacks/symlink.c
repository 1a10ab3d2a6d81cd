// Opens a symbolic link in a granted directory that leads to the secret.

#include "attack.h"

int main(void) {
  const char *link = WORK("link");
  if (symlink(SECRET, link)) refused("symlink");
  steal(open(link, O_RDONLY), "open of a symbolic link");
}
