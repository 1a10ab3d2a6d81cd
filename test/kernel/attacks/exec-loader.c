// Lets the loader of dynamic programs, which may have to be run, run it.

#include "attack.h"

static void attempt(void) {
  static const char *const loaders[] = {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"};
  const char *loader = loaders[access(loaders[0], F_OK) != 0];
  execl(loader, "ld.so", target("ATTACK_PROGRAM"), NULL);
}

int main(void) { run_ungranted("ld.so PROGRAM", attempt); }
