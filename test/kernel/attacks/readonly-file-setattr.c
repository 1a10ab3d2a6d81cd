// Sets inode flags (chattr) by the newest call for it.

#include "attack.h"

int main(void) {
  struct {
    uint64_t flags;
    uint32_t extent, extents, project, cow;
  } attributes = {0};
  const char *path = READONLY("file");
  if (syscall(468 /* file_getattr */, AT_FDCWD, path, &attributes, sizeof attributes, 0)) {
    if (errno == ENOSYS && kernel_before(6, 17)) absent("no file_getattr");
    if (errno == EOPNOTSUPP) absent("the file system has no inode flags");
    refused("file_getattr");
  }
  attributes.flags |= 0x80; // FS_XFLAG_NODUMP
  if (syscall(469 /* file_setattr */, AT_FDCWD, path, &attributes, sizeof attributes, 0)) refused("file_setattr");
  won("the inode's flags were set");
}
