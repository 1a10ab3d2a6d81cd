// Loads a BPF program.

#include "attack.h"

#include <linux/bpf.h>

int main(void) {
  struct bpf_insn code[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K}, {.code = BPF_JMP | BPF_EXIT}};
  union bpf_attr attributes = {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER};
  attributes.insns = (uintptr_t)code;
  attributes.insn_cnt = 2;
  attributes.license = (uintptr_t) "GPL";
  if (syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes) < 0) refused("bpf BPF_PROG_LOAD");
  won("a BPF program was loaded");
}
