// A process outside the guarded tree: what attacks reach for, where no supervisor runs.
// It holds the keys open as descriptor 9, and answers on sockets by their paths:
//   ATTACK_CONTROL  says "control"
//   ATTACK_GIVER, WORK/giver, and the abstract name ATTACK_ABSTRACT  hand over a descriptor of the secret
//   ATTACK_DATAGRAM  takes datagrams
// It shares the secret in memory (System V), and in a message of the queue ATTACK_QUEUE.
// It ends when its standard input does.

#include "../attack.h"
#include <mqueue.h>
#include <poll.h>
#include <sys/shm.h>

static int serving(int type, const struct sockaddr_un *address, socklen_t length) {
  int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (const struct sockaddr *)address, length)) broken("bind");
  if (type == SOCK_STREAM && listen(fd, 16)) broken("listen");
  return fd;
}

static int serving_path(int type, const char *path) {
  struct sockaddr_un address = unix_path(path);
  return serving(type, &address, sizeof address);
}

static int serving_name(const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strcpy(address.sun_path + 1, name);
  return serving(SOCK_STREAM, &address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name)));
}

static void give(int socket, int fd) {
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr head;
  } control = {0};
  struct iovec text = {"secret", 6};
  struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  control.head = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof fd)};
  memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
  sendmsg(socket, &message, MSG_NOSIGNAL);
}

static void share(void) {
  int id = shmget(IPC_PRIVATE, 4096, 0600);
  char *text = id < 0 ? (void *)-1 : shmat(id, 0, 0);
  if (text == (void *)-1) broken("shmget");
  strcpy(text, SECRET_TEXT);
  // It goes with this process; until then it can still be attached to.
  shmctl(id, IPC_RMID, 0);
  struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 64};
  mqd_t queue = mq_open(target("ATTACK_QUEUE"), O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
  if (queue < 0 ? errno != ENOSYS : mq_send(queue, SECRET_TEXT, strlen(SECRET_TEXT), 0)) broken("mq_open");
}

int main(void) {
  int secret = open(SECRET, O_RDONLY | O_CLOEXEC);
  int keys = open(target("ATTACK_KEYS"), O_RDONLY);
  if (secret < 0 || keys < 0 || dup2(keys, 9) != 9) broken("open");
  int control = serving_path(SOCK_STREAM, target("ATTACK_CONTROL"));
  int datagram = serving_path(SOCK_DGRAM, target("ATTACK_DATAGRAM"));
  int givers[3] = {serving_path(SOCK_STREAM, target("ATTACK_GIVER")), serving_path(SOCK_STREAM, WORK("giver")),
                   serving_name(target("ATTACK_ABSTRACT"))};
  share();
  dprintf(1, "ready\n");

  struct pollfd polled[] = {{0, POLLIN, 0},         {control, POLLIN, 0},   {datagram, POLLIN, 0},
                            {givers[0], POLLIN, 0}, {givers[1], POLLIN, 0}, {givers[2], POLLIN, 0}};
  for (;;) {
    if (poll(polled, 6, -1) < 0) continue;
    char text[64];
    if (polled[0].revents && read(0, text, sizeof text) <= 0) break;
    if (polled[2].revents) recv(datagram, text, sizeof text, MSG_DONTWAIT);
    for (int index = 1; index < 6; index++) {
      if (index == 2 || !polled[index].revents) continue;
      int accepted = accept(polled[index].fd, 0, 0);
      if (index == 1) send(accepted, "control", 7, MSG_NOSIGNAL);
      else give(accepted, secret);
      close(accepted);
    }
  }
  mq_unlink(target("ATTACK_QUEUE"));
  return 0;
}
