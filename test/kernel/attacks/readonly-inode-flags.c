// Sets inode flags (chattr) by an ioctl on a descriptor that only reads.

#include "attack.h"

#include <linux/fs.h>

int main(void) {
  int fd = open(READONLY("file"), O_RDONLY), flags;
  if (fd < 0) refused("open");
  if (ioctl(fd, FS_IOC_GETFLAGS, &flags)) absent("the file system has no inode flags");
  flags |= FS_NODUMP_FL;
  if (ioctl(fd, FS_IOC_SETFLAGS, &flags)) refused("ioctl FS_IOC_SETFLAGS");
  won("the inode's flags were set");
}
