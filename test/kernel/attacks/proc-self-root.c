// Reaches the secret through /proc/self/root.

#include "attack.h"

int main(void) { steal(open(joined("/proc/self/root%s", SECRET), O_RDONLY), "open by /proc/self/root"); }
