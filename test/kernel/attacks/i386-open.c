// Opens the secret by the call of 32-bit code (int 0x80), which has other numbers.

#include "attack.h"

static int attempt(void) {
#if defined(__x86_64__)
  char *path = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (path == MAP_FAILED) return errno;
  strcpy(path, SECRET);
  long fd = 5; // open
  __asm__ volatile("int $0x80" : "+a"(fd) : "b"(path), "c"(O_RDONLY), "d"(0) : "r8", "r9", "r10", "r11", "memory");
  if (fd < 0) return (int)-fd;
  return is_secret((int)fd) ? 0 : 1;
#else
  return ENOSYS;
#endif
}

int main(void) {
  pid_t child = fork();
  if (child < 0) refused("fork");
  if (child == 0) _exit(attempt());
  int status;
  if (waitpid(child, &status, 0) != child) broken("waitpid");
  // A kernel without 32-bit calls faults; a filter kills by SIGSYS.
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV) absent("no 32-bit calls");
  if (WIFSIGNALED(status)) blocked("int 0x80: killed by SIG%s", sigabbrev_np(WTERMSIG(status)));
  errno = WEXITSTATUS(status);
  if (errno == ENOSYS) absent("no 32-bit calls");
  if (errno) refused("int 0x80 open");
  won("int 0x80 read the secret");
}
