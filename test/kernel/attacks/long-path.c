// Opens the secret by a path whose text runs to the end of a page.

#include "attack.h"

int main(void) {
  char *pages = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED || munmap(pages + 4096, 4096)) broken("mmap");
  size_t length = strlen(SECRET) + 1;
  memset(pages, '/', 4096);
  memcpy(pages + 4096 - length, SECRET, length);
  steal(open(pages + 4096 - length - 1000, O_RDONLY), "open at the end of a page");
}
