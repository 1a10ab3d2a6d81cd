// Sends the supervisor signals (none that do anything), by each call that can.

#include "attack.h"

int main(void) {
  int pid = SUPERVISOR, process = (int)syscall(SYS_pidfd_open, pid, 0), sent = 0;
  siginfo_t information = {.si_signo = SIGWINCH, .si_code = SI_QUEUE};
  int failure = 0;
  if (kill(pid, 0) == 0) sent++;
  else failure = errno;
  sent += kill(pid, SIGWINCH) == 0;
  sent += syscall(SYS_tgkill, pid, pid, SIGWINCH) == 0;
  sent += syscall(SYS_tkill, pid, SIGWINCH) == 0;
  sent += syscall(SYS_rt_sigqueueinfo, pid, SIGWINCH, &information) == 0;
  sent += process >= 0 && syscall(SYS_pidfd_send_signal, process, SIGWINCH, 0, 0) == 0;
  errno = failure;
  if (!sent) refused("kill");
  won("%d of 6 calls sent the supervisor a signal", sent);
}
