// Asks for the kernel's messages.

#include "attack.h"

int main(void) {
  if (syscall(SYS_syslog, 10 /* SYSLOG_ACTION_SIZE_BUFFER */, 0, 0) < 0) refused("syslog");
  won("the kernel's messages are open to it");
}
