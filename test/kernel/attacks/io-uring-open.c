// Opens the secret by io_uring, which makes no system call for it.

#include "ring.h"

int main(void) {
  struct io_uring_sqe opening = {.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)SECRET, .open_flags = O_RDONLY};
  steal(by_ring(opening), "openat by io_uring");
}
