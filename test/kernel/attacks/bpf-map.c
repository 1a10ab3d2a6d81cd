// Makes a BPF map, the least that bpf gives.

#include "attack.h"

#include <linux/bpf.h>

int main(void) {
  union bpf_attr attributes = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
  if (syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes) < 0) refused("bpf BPF_MAP_CREATE");
  won("a BPF map was made");
}
