// Owns: `execs COUNT`: opens `begin`, runs /bin/true COUNT times, opens `end`. Exits 0 if all ran.

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **arguments) {
  if (count != 2 || open("begin", O_RDONLY) < 0) return 2;
  char *none[] = {"true", 0};
  for (int left = atoi(arguments[1]); left > 0; left--) {
    pid_t child = fork();
    if (child < 0) return 3;
    if (child == 0) {
      execv("/bin/true", none);
      _exit(9);
    }
    int status;
    if (waitpid(child, &status, 0) != child || status) return 4;
  }
  return open("end", O_RDONLY) < 0 ? 5 : 0;
}
