// Owns: one operation by io_uring, which makes no system call for it.

#ifndef RING_H
#define RING_H

#include "attack.h"

#include <linux/io_uring.h>

static uint32_t *at(char *ring, uint32_t offset) { return (uint32_t *)(ring + offset); }

// Its result; negative, and in errno, if it failed.
static int by_ring(struct io_uring_sqe wanted) {
  struct io_uring_params params = {0};
  int ring = (int)syscall(SYS_io_uring_setup, 4, &params);
  if (ring < 0) refused("io_uring_setup");
  if (!(params.features & IORING_FEAT_SINGLE_MMAP)) absent("io_uring is older than its single mapping");
  size_t sq = params.sq_off.array + params.sq_entries * sizeof(uint32_t);
  size_t cq = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
  char *rings = mmap(0, sq > cq ? sq : cq, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
  struct io_uring_sqe *entry = mmap(0, params.sq_entries * sizeof *entry, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
  if (rings == MAP_FAILED || entry == MAP_FAILED) refused("mmap of the ring");

  *entry = wanted;
  *at(rings, params.sq_off.array) = 0;
  atomic_store((_Atomic uint32_t *)at(rings, params.sq_off.tail), 1);
  if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, 0, 0) < 0) refused("io_uring_enter");
  int result = ((struct io_uring_cqe *)(rings + params.cq_off.cqes))->res;
  errno = result < 0 ? -result : 0;
  return result;
}

#endif
