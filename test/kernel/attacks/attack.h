// Owns: what every attack shares: where its targets are, and the one line it ends in.
// Trusts: the environment, set by the runner (run.ts).
//
// An attack ends in exactly one line, and exits with
//   0  WON: what it got
//   1  BLOCKED: errno or why
//   2  N/A: why, where the kernel or the machine lacks what it abuses.
// Anything else is a fault of the attack, and no result.

#ifndef ATTACK_H
#define ATTACK_H
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define MAYBE __attribute__((unused)) static

// Whether a call that came with Linux `major`.`minor` is rightly unknown here. (A filter may call it unknown as well.)
MAYBE bool kernel_before(int major, int minor) {
  struct utsname name;
  int has_major = 0, has_minor = 0;
  uname(&name);
  sscanf(name.release, "%d.%d", &has_major, &has_minor);
  return has_major < major || (has_major == major && has_minor < minor);
}

// What a secret starts with, and how the program exits that may not run (helpers/ungranted.c).
#define SECRET_TEXT "plumbline-secret"
#define UNGRANTED_STATUS 77

MAYBE _Noreturn void ends(int status, const char *word, const char *format, va_list values) {
  char line[512];
  vsnprintf(line, sizeof line, format, values);
  dprintf(1, "%s: %s\n", word, line);
  _exit(status);
}

MAYBE _Noreturn __attribute__((format(printf, 1, 2))) void won(const char *format, ...) {
  va_list values;
  va_start(values, format);
  ends(0, "WON", format, values);
}

MAYBE _Noreturn __attribute__((format(printf, 1, 2))) void blocked(const char *format, ...) {
  va_list values;
  va_start(values, format);
  ends(1, "BLOCKED", format, values);
}

MAYBE _Noreturn __attribute__((format(printf, 1, 2))) void absent(const char *format, ...) {
  va_list values;
  va_start(values, format);
  ends(2, "N/A", format, values);
}

// The system call `what` failed.
MAYBE _Noreturn void refused(const char *what) {
  const char *name = strerrorname_np(errno);
  blocked("%s: %s", what, name ? name : "an unknown errno");
}

// A failure of what the attack prepares for itself, which is no answer to the attack.
MAYBE _Noreturn void broken(const char *what) {
  dprintf(2, "%s: %s\n", what, strerror(errno));
  _exit(3);
}

MAYBE const char *target(const char *name) {
  const char *value = getenv(name);
  if (!value) {
    dprintf(2, "%s is not set\n", name);
    _exit(3);
  }
  return value;
}

MAYBE int number(const char *name) { return atoi(target(name)); }
#define SECRET target("ATTACK_SECRET")
#define SUPERVISOR number("ATTACK_SUPERVISOR")
#define TRIES number("ATTACK_TRIES")

// `name` in the directory that the variable `directory` names.
MAYBE const char *in(const char *directory, const char *name) {
  static char paths[8][PATH_MAX];
  static int next;
  char *path = paths[next++ % 8];
  snprintf(path, PATH_MAX, "%s/%s", target(directory), name);
  return path;
}

MAYBE const char *joined(const char *format, ...) {
  static char paths[8][PATH_MAX];
  static int next;
  char *path = paths[next++ % 8];
  va_list values;
  va_start(values, format);
  vsnprintf(path, PATH_MAX, format, values);
  return path;
}

#define WORK(name) in("ATTACK_WORK", name)
#define READONLY(name) in("ATTACK_READONLY", name)

// The directory that holds the secret.
MAYBE const char *vault(void) {
  const char *secret = SECRET;
  return joined("%.*s", (int)(strrchr(secret, '/') - secret), secret);
}

MAYBE const char *secret_name(void) { return strrchr(SECRET, '/') + 1; }

// A new file in the granted directory, with ordinary content.
MAYBE const char *plain(const char *name) {
  const char *path = WORK(name);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0 || write(fd, "nothing of note\n", 16) != 16) broken(path);
  close(fd);
  return path;
}

MAYBE bool is_secret(int fd) {
  char text[64] = {0};
  return pread(fd, text, sizeof text - 1, 0) > 0 && !strncmp(text, SECRET_TEXT, strlen(SECRET_TEXT));
}

// Ends the attack: the descriptor `fd`, got by `how`, reads the secret or it does not.
MAYBE _Noreturn void steal(int fd, const char *how) {
  if (fd < 0) refused(how);
  if (is_secret(fd)) won("%s read the secret", how);
  blocked("%s gave something else", how);
}

MAYBE void *shared_page(void) {
  void *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) broken("mmap");
  return page;
}

// Loopback, at the port that the variable `name` gives.
MAYBE struct sockaddr_in loopback(const char *name) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)number(name))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

MAYBE struct sockaddr_un unix_path(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) broken("the path of a socket is too long");
  strcpy(address.sun_path, path);
  return address;
}

// Ends the attack: `attempt` runs in a child and returns only if it could not become the program that may not run.
MAYBE _Noreturn void run_ungranted(const char *how, void (*attempt)(void)) {
  pid_t child = fork();
  if (child < 0) refused("fork");
  if (child == 0) {
    attempt();
    _exit(errno == UNGRANTED_STATUS ? 1 : errno);
  }
  int status;
  if (waitpid(child, &status, 0) != child) broken("waitpid");
  if (WIFSIGNALED(status)) blocked("%s: killed by SIG%s", how, sigabbrev_np(WTERMSIG(status)));
  if (WEXITSTATUS(status) == UNGRANTED_STATUS) won("%s ran a program that is not granted", how);
  errno = WEXITSTATUS(status);
  refused(how);
}

// Ends the attack if a child that runs `attempt` is killed by a signal; else gives the child's exit status.
MAYBE int in_child(const char *how, int (*attempt)(void)) {
  pid_t child = fork();
  if (child < 0) refused("fork");
  if (child == 0) _exit(attempt());
  int status;
  if (waitpid(child, &status, 0) != child) broken("waitpid");
  if (WIFSIGNALED(status)) blocked("%s: killed by SIG%s", how, sigabbrev_np(WTERMSIG(status)));
  return WEXITSTATUS(status);
}

// Two values that a thread writes over one another in `buffer`, until the attack ends.
struct flip {
  char *buffer;
  const void *one, *other;
  size_t length;
  atomic_bool started;
  pthread_t thread;
};

MAYBE void *flipping(void *argument) {
  struct flip *flip = argument;
  flip->started = true;
  for (;;) {
    memcpy(flip->buffer, flip->one, flip->length);
    for (int spin = 0; spin < 50; spin++) atomic_signal_fence(memory_order_seq_cst);
    memcpy(flip->buffer, flip->other, flip->length);
    for (int spin = 0; spin < 50; spin++) atomic_signal_fence(memory_order_seq_cst);
  }
  return 0;
}

MAYBE void start_flip(struct flip *flip) {
  memcpy(flip->buffer, flip->one, flip->length);
  if (pthread_create(&flip->thread, 0, flipping, flip)) broken("pthread_create");
  // Otherwise the first tries are no race.
  while (!flip->started) sched_yield();
}

// A flip between two texts, one of which is padded with what a C string does not show.
MAYBE struct flip *flip_texts(const char *one, const char *other) {
  static char texts[2][PATH_MAX];
  static struct flip flip;
  strcpy(texts[0], one);
  strcpy(texts[1], other);
  size_t longer = strlen(one) > strlen(other) ? strlen(one) : strlen(other);
  flip = (struct flip){.buffer = shared_page(), .one = texts[0], .other = texts[1], .length = longer + 1};
  start_flip(&flip);
  return &flip;
}

#endif
