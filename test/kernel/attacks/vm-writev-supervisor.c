// Writes the supervisor's memory (what is there already, so that no harm is done).

#include "attack.h"

#include "supervisor-memory.h"

int main(void) {
  char bytes[8];
  struct iovec mine = {bytes, sizeof bytes}, theirs = {(void *)supervisor_address(), sizeof bytes};
  if (process_vm_readv(SUPERVISOR, &mine, 1, &theirs, 1, 0) != sizeof bytes) refused("process_vm_readv");
  if (process_vm_writev(SUPERVISOR, &mine, 1, &theirs, 1, 0) != sizeof bytes) refused("process_vm_writev");
  won("wrote the supervisor's memory");
}
