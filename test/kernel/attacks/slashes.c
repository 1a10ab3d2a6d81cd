// Names the secret by empty segments and dots, which a comparison of texts does not know.

#include "attack.h"

int main(void) { steal(open(joined("//%s/.//%s", vault(), secret_name()), O_RDONLY), "open with //"); }
