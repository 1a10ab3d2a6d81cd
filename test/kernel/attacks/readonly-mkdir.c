// Makes a directory in one that may only be read.

#include "attack.h"

int main(void) {
  if (mkdir(READONLY("new"), 0700)) refused("mkdir");
  won("mkdir made a directory");
}
