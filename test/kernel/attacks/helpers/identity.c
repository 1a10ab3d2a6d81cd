// A program whose owner is root and whose set-user-ID bit is set: it tells whom it runs as.

#include <unistd.h>

int main(void) { return geteuid() == 0 ? 100 : 101; }
