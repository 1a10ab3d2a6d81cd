// A library that ends whatever program loads it, before that begins.

#include <unistd.h>

__attribute__((constructor)) static void loaded(void) { _exit(77); }
