// Owns: `storm THREADS ROUNDS PORT ALARM`: each thread opens, makes and removes files in the working directory and
// connects to PORT, over and over, with a timer's signals coming every millisecond: none (0), handled with SA_RESTART
// (1), or without (2). Prints what was done, how often a call was interrupted, and what came out wrong.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int rounds, port;
static atomic_int done, interrupted, wrong, alarms;

static void on_alarm(int signal) {
  (void)signal;
  alarms++;
}

static void fails(const char *what) {
  if (wrong++ < 10) fprintf(stderr, "%s: %s\n", what, strerrorname_np(errno));
}

// Once more for every signal that ended it.
#define AGAIN(call) ({ long result; while ((result = (call)) < 0 && errno == EINTR) interrupted++; result; })

static void one_round(int thread, int round) {
  char text[16] = {0}, name[32];
  int fd = (int)AGAIN(open("file", O_RDONLY));
  if (fd < 0 || read(fd, text, sizeof text) != 8 || strcmp(text, "content\n")) fails("open");
  close(fd);
  snprintf(name, sizeof name, "%d-%d", thread, round);
  fd = (int)AGAIN(open(name, O_WRONLY | O_CREAT | O_EXCL, 0600));
  if (fd < 0 || write(fd, name, strlen(name)) < 0) fails("create");
  close(fd);
  if (AGAIN(unlink(name))) fails("unlink");
  if (AGAIN(open("missing", O_RDONLY)) >= 0 || errno != ENOENT) fails("missing");
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  fd = socket(AF_INET, SOCK_STREAM, 0);
  int connected = connect(fd, (struct sockaddr *)&address, sizeof address);
  // A connection goes on being made when the call that waits for it is interrupted.
  while (connected < 0 && errno == EINTR) {
    interrupted++;
    connected = connect(fd, (struct sockaddr *)&address, sizeof address);
    if (connected < 0 && errno == EISCONN) connected = 0;
  }
  if (connected) fails("connect");
  close(fd);
  done++;
}

static void *run(void *thread) {
  for (int round = 0; round < rounds; round++) one_round((int)(long)thread, round);
  return 0;
}

int main(int count, char **arguments) {
  if (count != 5) return 2;
  int threads = atoi(arguments[1]), alarm = atoi(arguments[4]);
  rounds = atoi(arguments[2]);
  port = atoi(arguments[3]);
  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = alarm == 1 ? SA_RESTART : 0};
  struct itimerval each = {{0, 1000}, {0, 1000}}, never = {0};
  sigaction(SIGALRM, &action, 0);
  if (alarm) setitimer(ITIMER_REAL, &each, 0);
  pthread_t *running = calloc((size_t)threads, sizeof *running);
  // A thread alone is the first, which the signals come to.
  if (threads == 1) run(0);
  else for (int thread = 0; thread < threads; thread++)
    if (pthread_create(&running[thread], 0, run, (void *)(long)thread)) fails("pthread_create");
  for (int thread = 0; thread < threads && threads > 1; thread++) pthread_join(running[thread], 0);
  setitimer(ITIMER_REAL, &never, 0);
  printf("%d rounds, %d wrong, %d interrupted, %d signals\n", done, wrong, interrupted, alarms);
}
