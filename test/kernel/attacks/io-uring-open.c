// Opens the secret by io_uring, which makes no system call for it.

#include "attack.h"

#include <linux/io_uring.h>

static uint32_t *at(char *ring, uint32_t offset) { return (uint32_t *)(ring + offset); }

int main(void) {
  struct io_uring_params params = {0};
  int ring = (int)syscall(SYS_io_uring_setup, 4, &params);
  if (ring < 0) refused("io_uring_setup");
  if (!(params.features & IORING_FEAT_SINGLE_MMAP)) absent("io_uring is older than its single mapping");
  size_t sq = params.sq_off.array + params.sq_entries * sizeof(uint32_t);
  size_t cq = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
  char *rings = mmap(0, sq > cq ? sq : cq, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
  struct io_uring_sqe *entry = mmap(0, params.sq_entries * sizeof *entry, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
  if (rings == MAP_FAILED || entry == MAP_FAILED) refused("mmap of the ring");

  *entry = (struct io_uring_sqe){.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)SECRET, .open_flags = O_RDONLY};
  *at(rings, params.sq_off.array) = 0;
  atomic_store((_Atomic uint32_t *)at(rings, params.sq_off.tail), 1);
  if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, 0, 0) < 0) refused("io_uring_enter");
  struct io_uring_cqe *done = (struct io_uring_cqe *)(rings + params.cq_off.cqes);
  errno = done->res < 0 ? -done->res : 0;
  steal(done->res, "openat by io_uring");
}
