// Cuts, by its path, a file that may only be read.

#include "attack.h"

int main(void) {
  if (truncate(READONLY("file"), 1)) refused("truncate");
  won("truncate cut the file");
}
