// Passes a reading descriptor to another process, which reopens it for writing by its own /proc/self/fd.

#include "attack.h"

static void pass(int socket, int fd) {
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr head;
  } control = {0};
  struct iovec text = {"x", 1};
  struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  control.head = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof fd)};
  memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
  if (sendmsg(socket, &message, 0) < 0) refused("sendmsg");
}

static int passed(int socket) {
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr head;
  } control = {0};
  char byte;
  struct iovec text = {&byte, 1};
  struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  int fd;
  if (recvmsg(socket, &message, 0) <= 0 || message.msg_controllen == 0) return -1;
  memcpy(&fd, CMSG_DATA(&control.head), sizeof fd);
  return fd;
}

int main(void) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) refused("socketpair");
  pid_t child = fork();
  if (child < 0) refused("fork");
  if (child == 0) {
    int fd = passed(pair[1]);
    if (fd < 0) _exit(errno);
    _exit(open(joined("/proc/self/fd/%d", fd), O_WRONLY) < 0 ? errno : 0);
  }
  int fd = open(READONLY("file"), O_RDONLY), status;
  if (fd < 0) refused("open");
  pass(pair[0], fd);
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) blocked("the other process was killed");
  errno = WEXITSTATUS(status);
  if (errno) refused("open O_WRONLY by /proc/self/fd/N");
  won("a passed reading descriptor was reopened for writing");
}
