// Maps a file of its own as code and runs that, which is no execve.

#include "attack.h"

int main(void) {
#if defined(__x86_64__)
  static const unsigned char code[] = {0xb8, 77, 0, 0, 0, 0xc3}; // mov eax, 77; ret
#elif defined(__aarch64__)
  static const unsigned char code[] = {0xa0, 0x09, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6}; // mov w0, 77; ret
#else
  absent("the code is not written for this architecture");
  static const unsigned char code[] = {0};
#endif
  int fd = open(WORK("code"), O_RDWR | O_CREAT, 0600);
  if (fd < 0 || write(fd, code, sizeof code) != sizeof code) refused("open");
  void *mapped = mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
  if (mapped == MAP_FAILED) refused("mmap PROT_EXEC");
  int (*function)(void);
  memcpy(&function, &mapped, sizeof function);
  if (function() == 77) won("code in a file of the attacker's ran");
  blocked("the code did something else");
}
