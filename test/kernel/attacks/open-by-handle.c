// Opens the secret by its handle, which has no path to be judged.

#include "attack.h"

int main(void) {
  struct {
    struct file_handle head;
    char bytes[128];
  } handle = {.head.handle_bytes = 128};
  int mount;
  if (name_to_handle_at(AT_FDCWD, SECRET, &handle.head, &mount, 0)) {
    if (errno == EOPNOTSUPP) absent("the file system has no handles");
    refused("name_to_handle_at");
  }
  int directory = open(target("ATTACK_WORK"), O_RDONLY);
  if (directory < 0) refused("open");
  steal(open_by_handle_at(directory, &handle.head, O_RDONLY), "open_by_handle_at");
}
