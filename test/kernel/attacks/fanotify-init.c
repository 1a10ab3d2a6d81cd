// Watches, or answers, the opens of others.

#include "attack.h"

int main(void) {
  if (syscall(SYS_fanotify_init, 0x200 /* FAN_REPORT_FID */, O_RDONLY) < 0) refused("fanotify_init");
  won("fanotify is open to it");
}
