// Reaches the secret through /proc/thread-self/root.

#include "attack.h"

int main(void) { steal(open(joined("/proc/thread-self/root%s", SECRET), O_RDONLY), "open by /proc/thread-self/root"); }
