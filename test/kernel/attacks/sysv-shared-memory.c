// Attaches to memory that a process outside shares, which has a number and no path.

#include "attack.h"

#include <sys/shm.h>

int main(void) {
  struct shm_info information;
  struct shmid_ds segment;
  int highest = shmctl(0, SHM_INFO, (struct shmid_ds *)&information), failure = ENOENT;
  if (highest < 0) refused("shmctl SHM_INFO");
  for (int index = 0; index <= highest; index++) {
    int id = shmctl(index, SHM_STAT, &segment);
    if (id < 0) continue;
    char *text = shmat(id, 0, SHM_RDONLY);
    if (text == (void *)-1) failure = errno;
    else if (segment.shm_segsz >= 16 && !strncmp(text, SECRET_TEXT, 16)) won("read what a process outside shares");
  }
  errno = failure;
  refused("shmat");
}
