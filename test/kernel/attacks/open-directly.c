// Opens the secret by its name.

#include "attack.h"

int main(void) { steal(open(SECRET, O_RDONLY), "open"); }
