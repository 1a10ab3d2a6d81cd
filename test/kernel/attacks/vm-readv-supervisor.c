// Reads the supervisor's memory, where keys and grants are.

#include "attack.h"

#include "supervisor-memory.h"

int main(void) {
  char bytes[8];
  struct iovec mine = {bytes, sizeof bytes}, theirs = {(void *)supervisor_address(), sizeof bytes};
  if (process_vm_readv(SUPERVISOR, &mine, 1, &theirs, 1, 0) != sizeof bytes) refused("process_vm_readv");
  won("read the supervisor's memory");
}
