// Attaches to the supervisor as its debugger.

#include "attack.h"

int main(void) {
  if (ptrace(PTRACE_SEIZE, SUPERVISOR, 0, 0)) refused("ptrace PTRACE_SEIZE");
  won("attached to the supervisor");
}
