// Does, in its arena, one of each kind of thing that the scope allows, and leaves no trace of it. What stops it stops
// more than it should.

#include "../attack.h"

static void *returns(void *value) { return value; }

static void files(void) {
  char text[16] = {0};
  int fd = open(READONLY("file"), O_RDONLY);
  if (fd < 0 || read(fd, text, sizeof text) <= 0 || close(fd)) refused("reading a file");
  const char *file = WORK("allowed"), *moved = WORK("allowed-moved"), *link_ = WORK("allowed-link");
  const char *directory = WORK("allowed-directory");
  fd = open(file, O_RDWR | O_CREAT | O_EXCL, 0600);
  if (fd < 0) refused("creating a file");
  if (write(fd, "text", 4) != 4 || ftruncate(fd, 2) || fchmod(fd, 0640) || futimens(fd, 0)) refused("changing a descriptor");
  if (chmod(file, 0600) || truncate(file, 1) || utimensat(AT_FDCWD, file, 0, 0)) refused("changing a file");
  if (chown(file, getuid(), getgid())) refused("chown");
  if (symlink(file, link_) || unlink(link_)) refused("a symbolic link");
  if (link(file, link_) || unlink(link_)) refused("a hard link");
  if (mkdir(directory, 0700) || rmdir(directory)) refused("a directory");
  if (mkfifo(link_, 0600) || unlink(link_)) refused("a pipe with a name");
  if (rename(file, moved)) refused("renaming a file");
  if (unlink(moved)) refused("unlinking a file");
  close(fd);
  fd = open("/proc/self/status", O_RDONLY);
  if (fd < 0 || close(fd)) refused("reading of itself in /proc");
}

static void processes(void) {
  pthread_t thread;
  void *value;
  if (pthread_create(&thread, 0, returns, &thread) || pthread_join(thread, &value) || value != &thread)
    refused("starting a thread");
  pid_t child = fork();
  if (child < 0) refused("fork");
  if (child == 0) {
    execl("/bin/true", "true", (char *)0);
    _exit(errno);
  }
  int status;
  if (waitpid(child, &status, 0) != child) refused("waiting for a program");
  errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
  if (errno) refused("running a program");
  child = fork();
  if (child < 0) refused("fork");
  if (child == 0) {
    pause();
    _exit(0);
  }
  if (kill(child, SIGKILL) || waitpid(child, &status, 0) != child || !WIFSIGNALED(status)) refused("ending a child");
}

static void sockets(void) {
  char text[5] = {0};
  struct sockaddr_in address = loopback("ATTACK_ALLOWED_PORT");
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) refused("connecting");
  if (send(fd, "echo", 4, 0) != 4 || recv(fd, text, 4, MSG_WAITALL) != 4 || strcmp(text, "echo")) refused("an echo");
  close(fd);
  // It may be bound, but a process outside listens there: that answer is the kernel's.
  fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) == 0 || errno != EADDRINUSE) refused("binding");
  close(fd);
  struct sockaddr_un giver = unix_path(WORK("giver"));
  fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&giver, sizeof giver)) refused("connecting to a socket of a path");
  if (recv(fd, text, 1, 0) != 1) refused("receiving from a socket of a path");
  close(fd);
}

int main(void) {
  files();
  processes();
  sockets();
  won("all of it was done");
}
