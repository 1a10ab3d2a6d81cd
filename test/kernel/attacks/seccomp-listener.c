// Puts a listener of its own over its children's system calls.

#include "attack.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

int main(void) {
  struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog program = {1, &allow};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) refused("prctl PR_SET_NO_NEW_PRIVS");
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program) < 0) refused("seccomp NEW_LISTENER");
  won("it has a listener of its own");
}
