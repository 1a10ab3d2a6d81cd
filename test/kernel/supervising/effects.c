// Owns: hundreds of system calls with effects, in the working directory, and one line for what came of each: the call
// as it is written here, and its result, errno or what it made. Run bare and under the supervisor, the lines are to be
// the same. Trusts: that the working directory is empty, and that nobody else has it.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#define TRY(call) (errno = 0, told(#call, (long)(call)))
#define OPEN(call) (errno = 0, opened(#call, (call)))
#define EXEC(call) executed(#call, ({ pid_t child = fork(); if (!child) { call; _exit(errno); } child; }))
#define NOWHERE ((char *)1)

static const char *name_of(int number) {
  const char *name = strerrorname_np(number);
  return name ? name : "unknown";
}

static long told(const char *call, long result) {
  if (result < 0) printf("%s = %s\n", call, name_of(errno));
  else printf("%s = %ld\n", call, result);
  return result;
}

// The number, flags, and what is there; and then closed. O_NOFOLLOW, which is of no effect any more, does not stay.
static void opened(const char *call, long fd) {
  if (fd < 0) {
    printf("%s = %s\n", call, name_of(errno));
    return;
  }
  struct stat is;
  fstat((int)fd, &is);
  printf("%s = %ld: flags %o, fd %d, mode %o, links %lu", call, fd, fcntl((int)fd, F_GETFL) & ~O_NOFOLLOW, fcntl((int)fd, F_GETFD),
         is.st_mode, is.st_nlink);
  // Others than the file systems' own have sizes of their own.
  if (S_ISREG(is.st_mode) && is.st_size < 4096) printf(", size %ld", is.st_size);
  printf("\n");
  close((int)fd);
}

static void executed(const char *call, pid_t child) {
  int status;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) printf("%s = SIG%s\n", call, sigabbrev_np(WTERMSIG(status)));
  else printf("%s = %d %s\n", call, WEXITSTATUS(status), name_of(WEXITSTATUS(status)));
}

static void put(const char *path, const char *text, mode_t mode) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) perror(path);
  fchmod(fd, mode);
  close(fd);
}

static char *repeated(const char *part, size_t length) {
  char *text = malloc(length + 1);
  for (size_t at = 0; at < length; at++) text[at] = part[at % strlen(part)];
  text[length] = 0;
  return text;
}

// The last `length` bytes before a page that is not there.
static char *at_the_edge(const char *text, size_t length) {
  char *pages = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(pages + 4096, 4096);
  return memcpy(pages + 4096 - length, text, length);
}

static void opens(void) {
  put("file", "content\n", 0644);
  mkdir("dir", 0755);
  put("dir/inner", "inner\n", 0600);
  symlink("file", "link");
  symlink("dir", "dirlink");
  symlink("nowhere", "dangling");
  symlink("missing/nowhere", "far");
  symlink("b", "a");
  symlink("a", "b");
  mkfifo("pipe", 0644);
  put("secret", "secret\n", 0);
  put("fixed", "fixed\n", 0444);
  mkdir("closed", 0);
  char *long_name = repeated("n", NAME_MAX), *too_long_name = repeated("n", NAME_MAX + 1);
  char *long_path = repeated("./", PATH_MAX - 5), *too_long_path = repeated("./", PATH_MAX);
  strcpy(long_path + PATH_MAX - 6, "file");

  OPEN(open("file", O_RDONLY));
  OPEN(open("file", O_WRONLY | O_APPEND));
  OPEN(open("file", O_RDWR | O_CLOEXEC | O_NONBLOCK));
  OPEN(open("file", O_ACCMODE));
  OPEN(open("file", O_RDWR | O_SYNC | O_NOATIME));
  OPEN(open("file", O_RDONLY | O_DSYNC | O_ASYNC));
  OPEN(open("file", O_RDONLY | O_NOCTTY | 040000000));
  OPEN(open("file", O_RDONLY | O_CREAT, 0600));
  OPEN(open("file", O_RDONLY | O_CREAT | O_EXCL, 0600));
  OPEN(open("file", O_RDONLY | O_EXCL));
  OPEN(open("file", O_RDONLY | O_DIRECTORY));
  OPEN(open("file", O_RDONLY | O_DIRECTORY | O_CREAT, 0600));
  OPEN(open("new", O_RDONLY | O_DIRECTORY | O_CREAT, 0600));
  OPEN(open("dir", O_RDONLY | O_DIRECTORY | O_CREAT, 0600));
  OPEN(open("file/", O_RDONLY));
  OPEN(open("file/", O_RDONLY | O_CREAT, 0600));
  OPEN(open("file/.", O_RDONLY));
  OPEN(open("file/..", O_RDONLY));
  OPEN(open("file/x", O_RDONLY | O_CREAT, 0600));
  OPEN(open("file", O_RDONLY | O_NOFOLLOW));
  OPEN(open("link", O_RDONLY));
  OPEN(open("link", O_RDONLY | O_NOFOLLOW));
  OPEN(open("link", O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
  OPEN(open("link", O_RDONLY | O_CREAT | O_EXCL, 0600));
  OPEN(open("link/", O_RDONLY));
  OPEN(open("dirlink", O_RDONLY | O_NOFOLLOW));
  OPEN(open("dirlink", O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
  OPEN(open("dirlink/", O_RDONLY | O_NOFOLLOW));
  OPEN(open("dirlink/inner", O_RDONLY | O_NOFOLLOW));
  OPEN(open("dangling", O_RDONLY));
  OPEN(open("dangling", O_RDONLY | O_CREAT | O_EXCL, 0600));
  OPEN(open("dangling", O_RDONLY | O_CREAT | O_NOFOLLOW, 0600));
  OPEN(open("dangling/", O_RDONLY | O_CREAT, 0600));
  OPEN(open("far", O_RDONLY | O_CREAT, 0600));
  OPEN(open("dangling", O_RDWR | O_CREAT, 0600));
  OPEN(open("nowhere", O_RDONLY));
  TRY(unlink("nowhere"));
  OPEN(open("a", O_RDONLY));
  OPEN(open("a", O_RDONLY | O_CREAT, 0600));
  OPEN(open("a", O_RDONLY | O_NOFOLLOW));
  OPEN(open("a/x", O_RDONLY));
  OPEN(open("dir", O_RDONLY));
  OPEN(open("dir", O_WRONLY));
  OPEN(open("dir", O_RDWR | O_DIRECTORY));
  OPEN(open("dir", O_RDONLY | O_TRUNC));
  OPEN(open("dir", O_RDONLY | O_CREAT, 0600));
  OPEN(open("dir/", O_RDONLY | O_CREAT, 0600));
  OPEN(open("dir", O_RDONLY | O_CREAT | O_EXCL, 0600));
  OPEN(open(".", O_RDONLY | O_CREAT, 0600));
  OPEN(open("..", O_RDONLY | O_CREAT | O_EXCL, 0600));
  OPEN(open("/", O_RDONLY | O_CREAT, 0600));
  OPEN(open("/", O_RDONLY | O_DIRECTORY));
  OPEN(open("", O_RDONLY));
  OPEN(open("", O_RDONLY | O_CREAT, 0600));
  OPEN(open("missing/x", O_RDONLY | O_CREAT, 0600));
  OPEN(open("new/", O_RDONLY | O_CREAT, 0600));
  OPEN(open("new", O_RDONLY));
  OPEN(open(NOWHERE, O_RDONLY));
  OPEN(open(NULL, O_RDONLY));
  OPEN(open((char *)0xffff800000000000, O_RDONLY));
  OPEN(open(at_the_edge("file", 4), O_RDONLY));
  OPEN(open(at_the_edge("file", 5), O_RDONLY));
  OPEN(open(long_name, O_RDONLY));
  OPEN(open(too_long_name, O_RDONLY));
  OPEN(open(too_long_name, O_RDONLY | O_CREAT, 0600));
  OPEN(open(long_path, O_RDONLY));
  OPEN(open(too_long_path, O_RDONLY));
  OPEN(open(too_long_path, O_PATH));
  OPEN(open("n\xff", O_RDONLY));
  OPEN(open("n\xff", O_RDONLY | O_CREAT, 0600));
  OPEN(open("a\nb \xc3\xa9 (deleted)", O_RDWR | O_CREAT, 0600));
  OPEN(open("a\nb \xc3\xa9 (deleted)", O_RDONLY));
  TRY(unlink("a\nb \xc3\xa9 (deleted)"));
  OPEN(open("secret", O_RDONLY));
  OPEN(open("secret", O_RDONLY | O_CREAT, 0600));
  OPEN(open("fixed", O_RDONLY));
  OPEN(open("fixed", O_WRONLY));
  OPEN(open("fixed", O_RDONLY | O_TRUNC));
  OPEN(open("closed", O_RDONLY));
  OPEN(open("closed/x", O_RDONLY));
  OPEN(open("closed/x", O_WRONLY | O_CREAT, 0600));
  OPEN(open("/etc/passwd", O_RDONLY | O_NOATIME));
  OPEN(open("/proc/self/exe", O_RDONLY));
  OPEN(open("/proc/self/exe", O_WRONLY));

  // What is made has its mode, less the umask.
  umask(027);
  OPEN(open("made", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  OPEN(open("made", O_WRONLY | O_CREAT | O_EXCL, 0666));
  OPEN(open("odd", O_WRONLY | O_CREAT, 07777));
  OPEN(open("none", O_RDWR | O_CREAT, 0));
  OPEN(open("none", O_RDWR));
  OPEN(creat("created", 0666));
  OPEN(creat("made", 0600));
  OPEN(creat("dir", 0600));
  umask(0);
  OPEN(openat(AT_FDCWD, "free", O_WRONLY | O_CREAT, 0666));
  umask(0777);
  OPEN(open("nobody", O_RDWR | O_CREAT, 0666));
  umask(022);

  // What is written arrives, where it should.
  int fd = open("file", O_WRONLY | O_APPEND);
  TRY(write(fd, "more\n", 5));
  TRY(lseek(fd, 0, SEEK_CUR));
  close(fd);
  OPEN(open("file", O_RDONLY | O_TRUNC));
  OPEN(open("file", O_WRONLY | O_TRUNC | O_CREAT, 0600));
  fd = open("made", O_RDONLY);
  TRY(write(fd, "x", 1));
  close(fd);
  fd = open("made", O_WRONLY);
  TRY(read(fd, &fd, 1));
  close(fd);

  // Directories to begin at.
  int directory = open("dir", O_RDONLY | O_DIRECTORY), path = open("dir", O_PATH), plain = open("file", O_RDONLY);
  OPEN(openat(directory, "inner", O_RDONLY));
  OPEN(openat(path, "inner", O_RDONLY));
  OPEN(openat(plain, "inner", O_RDONLY));
  OPEN(openat(plain, "/", O_RDONLY));
  OPEN(openat(-1, "inner", O_RDONLY));
  OPEN(openat(-1, "/", O_RDONLY));
  OPEN(openat(99, "inner", O_RDONLY | O_CREAT, 0600));
  OPEN(openat(directory, "", O_RDONLY));
  OPEN(openat(directory, "../file", O_RDONLY));
  OPEN(openat(directory, "made", O_RDONLY | O_CREAT, 0600));
  chdir("dir");
  OPEN(open("inner", O_RDONLY));
  OPEN(open("../file", O_RDONLY));
  fchdir(directory);
  chdir("..");
  mkdir("gone", 0755);
  int gone = open("gone", O_RDONLY);
  rmdir("gone");
  OPEN(openat(gone, "x", O_RDONLY));
  OPEN(openat(gone, "x", O_RDONLY | O_CREAT, 0600));
  OPEN(openat(gone, ".", O_RDONLY));
  close(gone);

  // O_PATH.
  OPEN(open("file", O_PATH));
  OPEN(open("link", O_PATH | O_NOFOLLOW));
  OPEN(open("link", O_PATH | O_NOFOLLOW | O_DIRECTORY));
  OPEN(open("secret", O_PATH | O_RDWR | O_CREAT, 0600));
  OPEN(open("missing", O_PATH | O_CREAT, 0600));
  OPEN(open("file", O_PATH | O_DIRECTORY));

  // Without a name.
  int unnamed = open(".", O_TMPFILE | O_RDWR, 0640);
  TRY(write(unnamed, "unnamed\n", 8));
  char own[64];
  sprintf(own, "/proc/self/fd/%d", unnamed);
  OPEN(open(own, O_RDONLY));
  TRY(linkat(AT_FDCWD, own, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
  TRY(linkat(AT_FDCWD, own, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
  OPEN(open("named", O_RDONLY));
  OPEN(open(".", O_TMPFILE | O_RDONLY, 0600));
  OPEN(open("file", O_TMPFILE | O_RDWR, 0600));
  OPEN(open("missing", O_TMPFILE | O_RDWR, 0600));
  OPEN(open("closed", O_TMPFILE | O_RDWR, 0600));
  OPEN(open("dirlink", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666));
  OPEN(open("dirlink", O_TMPFILE | O_WRONLY | O_NOFOLLOW, 0666));
  OPEN(open(".", O_TMPFILE | O_RDWR | O_CREAT, 0600));
  OPEN(open(".", (O_TMPFILE & ~O_DIRECTORY) | O_RDWR, 0600));
  close(unnamed);
  unnamed = open(".", O_TMPFILE | O_RDWR | O_EXCL, 0600);
  sprintf(own, "/proc/self/fd/%d", unnamed);
  TRY(linkat(AT_FDCWD, own, AT_FDCWD, "excluded", AT_SYMLINK_FOLLOW));
  close(unnamed);

  // One's own descriptors by name.
  int both[2];
  if (pipe(both)) perror("pipe");
  sprintf(own, "/proc/self/fd/%d", both[0]);
  OPEN(open(own, O_RDONLY));
  sprintf(own, "/dev/fd/%d", both[1]);
  OPEN(open(own, O_WRONLY));
  OPEN(open("/proc/self/fd/99", O_RDONLY));
  OPEN(open("/proc/thread-self/fd/99", O_RDONLY));
  sprintf(own, "/proc/self/fd/%d", plain);
  OPEN(open(own, O_RDWR));
  OPEN(open(own, O_RDWR | O_NOFOLLOW));
  sprintf(own, "/proc/self/fd/%d/inner", directory);
  OPEN(open(own, O_RDONLY));
  OPEN(open("/proc/self/cwd/file", O_RDONLY));
  OPEN(open("/proc/self/root", O_RDONLY));
  OPEN(open("/proc/self/stat", O_RDONLY));
  OPEN(open("/proc/self/status/x", O_RDONLY));
  OPEN(open("/proc/self/missing", O_RDONLY));

  // Devices and named pipes.
  OPEN(open("/dev/null", O_RDWR | O_CREAT | O_TRUNC, 0600));
  OPEN(open("/dev/zero", O_RDONLY | O_DIRECTORY));
  OPEN(open("/dev/full", O_WRONLY));
  OPEN(open("/dev/tty", O_RDWR));
  OPEN(open("pipe", O_WRONLY | O_NONBLOCK));
  OPEN(open("pipe", O_RDONLY | O_NONBLOCK));
  OPEN(open("pipe", O_RDWR));
  OPEN(open("pipe", O_RDONLY | O_NONBLOCK | O_TRUNC));
  OPEN(open("pipe", O_RDONLY | O_DIRECTORY));

  // Chains of links, as long as may be and one longer.
  symlink("file", "l0");
  for (int at = 1; at <= 40; at++) {
    char before[8], name[8];
    sprintf(before, "l%d", at - 1);
    sprintf(name, "l%d", at);
    symlink(before, name);
  }
  OPEN(open("l39", O_RDONLY));
  OPEN(open("l40", O_RDONLY));
  OPEN(open("l38", O_RDONLY | O_CREAT, 0600));

#ifdef SYS_open
  OPEN(syscall(SYS_open, "old", O_RDWR | O_CREAT, 0640));
  OPEN(syscall(SYS_creat, "old", 0600));
#endif
  OPEN(syscall(SYS_openat, AT_FDCWD, "file", O_RDONLY | 1L << 32, 0));
  close(directory);
  close(path);
  close(plain);
  close(both[0]);
  close(both[1]);
}

static long opening(int directory, const char *path, struct open_how how) {
  return syscall(SYS_openat2, directory, path, &how, sizeof how);
}

static void opens_how(void) {
  struct { struct open_how how; unsigned long more; } larger = {{.flags = O_RDONLY}, 0};
  symlink("/etc/passwd", "out");
  symlink("../file", "dir/up");
  int directory = open("dir", O_RDONLY);
  OPEN(opening(AT_FDCWD, "file", (struct open_how){.flags = O_RDWR | O_CLOEXEC}));
  OPEN(opening(AT_FDCWD, "how", (struct open_how){.flags = O_RDWR | O_CREAT, .mode = 0640}));
  OPEN(opening(AT_FDCWD, "how", (struct open_how){.flags = O_RDWR, .mode = 0640}));
  OPEN(opening(AT_FDCWD, "how", (struct open_how){.flags = O_RDWR | O_CREAT, .mode = 010000}));
  OPEN(opening(AT_FDCWD, "file", (struct open_how){.flags = 1UL << 40}));
  OPEN(opening(AT_FDCWD, "file", (struct open_how){.flags = 040000000}));
  OPEN(opening(AT_FDCWD, "file", (struct open_how){.resolve = 1 << 20}));
  OPEN(opening(AT_FDCWD, "file", (struct open_how){.resolve = RESOLVE_BENEATH | RESOLVE_IN_ROOT}));
  OPEN(opening(AT_FDCWD, "link", (struct open_how){.resolve = RESOLVE_NO_SYMLINKS}));
  OPEN(opening(AT_FDCWD, "dirlink/inner", (struct open_how){.resolve = RESOLVE_NO_SYMLINKS}));
  OPEN(opening(AT_FDCWD, "out", (struct open_how){.resolve = RESOLVE_BENEATH}));
  OPEN(opening(AT_FDCWD, "../file", (struct open_how){.resolve = RESOLVE_BENEATH}));
  OPEN(opening(directory, "up", (struct open_how){.resolve = RESOLVE_BENEATH}));
  OPEN(opening(directory, "up", (struct open_how){.resolve = RESOLVE_IN_ROOT}));
  OPEN(opening(directory, "/inner", (struct open_how){.resolve = RESOLVE_IN_ROOT}));
  OPEN(opening(directory, "made2", (struct open_how){.flags = O_CREAT | O_RDWR, .mode = 0600, .resolve = RESOLVE_BENEATH}));
  OPEN(opening(AT_FDCWD, "/proc/version", (struct open_how){.resolve = RESOLVE_NO_XDEV}));
  OPEN(opening(AT_FDCWD, "/proc/self/exe", (struct open_how){.resolve = RESOLVE_NO_MAGICLINKS}));
  OPEN(opening(AT_FDCWD, "file", (struct open_how){.resolve = RESOLVE_CACHED}));
  OPEN(opening(AT_FDCWD, "file", (struct open_how){.flags = O_PATH}));
  OPEN(syscall(SYS_openat2, AT_FDCWD, "file", &larger, 8));
  OPEN(syscall(SYS_openat2, AT_FDCWD, "file", &larger, sizeof larger));
  larger.more = 1;
  OPEN(syscall(SYS_openat2, AT_FDCWD, "file", &larger, sizeof larger));
  OPEN(syscall(SYS_openat2, AT_FDCWD, "file", NOWHERE, sizeof larger.how));
  OPEN(syscall(SYS_openat2, AT_FDCWD, "file", &larger, 1 << 20));
  close(directory);
}

static void names(void) {
  char *too_long_name = repeated("n", NAME_MAX + 1), *too_long_path = repeated("./", PATH_MAX);
  int directory = open("dir", O_RDONLY), plain = open("file", O_RDONLY);
  umask(027);
  TRY(mkdir("new", 0777));
  TRY(mkdir("new", 0777));
  TRY(mkdir("slashes//", 07777));
  TRY(mkdir("file", 0777));
  TRY(mkdir("file/", 0777));
  TRY(mkdir("file/x", 0777));
  TRY(mkdir("missing/x", 0777));
  TRY(mkdir("dangling", 0777));
  TRY(mkdir("dangling/", 0777));
  TRY(mkdir(".", 0777));
  TRY(mkdir("..", 0777));
  TRY(mkdir("/", 0777));
  TRY(mkdir("new/.", 0777));
  TRY(mkdir("none2/.", 0777));
  TRY(mkdir("", 0777));
  TRY(mkdir(NOWHERE, 0777));
  TRY(mkdir(too_long_name, 0777));
  TRY(mkdir(too_long_path, 0777));
  TRY(mkdir("closed/x", 0777));
  TRY(mkdir("/proc/x", 0777));
  TRY(mkdirat(directory, "sub", 0777));
  TRY(mkdirat(plain, "sub", 0777));
  TRY(mkdirat(-1, "sub", 0777));
  umask(022);

  TRY(mknod("fifo", S_IFIFO | 0666, 0));
  TRY(mknod("fifo", S_IFIFO | 0666, 0));
  TRY(mknod("regular", S_IFREG | 0640, 0));
  TRY(mknod("typeless", 0600, 0));
  TRY(mknod("socket", S_IFSOCK | 0600, 0));
  TRY(mknod("notdir", S_IFDIR | 0600, 0));
  TRY(mknod("odd2", S_IFLNK | 0600, 0));
  TRY(mknod("device", S_IFCHR | 0600, 0x103));
  TRY(mknod("slash/", S_IFREG | 0600, 0));
  TRY(mknod("missing/x", S_IFREG | 0600, 0));
  TRY(mknodat(directory, "fifo", S_IFIFO | 0600, 0));

  TRY(symlink("file", "sym"));
  TRY(symlink("file", "sym"));
  TRY(symlink("file", "file"));
  TRY(symlink("", "empty"));
  TRY(symlink("file", ""));
  TRY(symlink("file", "slash/"));
  TRY(symlink("file", "dir/"));
  TRY(symlink("file", "dangling"));
  TRY(symlink(NOWHERE, "bad"));
  TRY(symlink("file", NOWHERE));
  TRY(symlink(too_long_path, "long"));
  TRY(symlink(too_long_name, "long"));
  TRY(symlink("file", "missing/x"));
  TRY(symlinkat("../file", directory, "sym"));
  TRY(symlinkat("x", plain, "sym"));
  TRY(unlink("long"));

  TRY(link("file", "hard"));
  TRY(link("file", "hard"));
  TRY(link("file/", "hard2"));
  TRY(link("file", "hard2/"));
  TRY(link("file", "missing/hard"));
  TRY(link("missing", "hard2"));
  TRY(link("missing", "hard"));
  TRY(link("dir", "hard2"));
  TRY(link("dir", "hard"));
  TRY(link("file", "."));
  TRY(link("", "hard2"));
  TRY(link("file", ""));
  TRY(link(NOWHERE, "hard2"));
  TRY(link("file", NOWHERE));
  TRY(link("link", "hardlink"));
  TRY(link("dangling", "harddangling"));
  TRY(link("file", "dangling"));
  TRY(link("file", too_long_name));
  TRY(link("file", "/dev/shm/plumbline-hard"));
  TRY(link("file", "/proc/x"));
  TRY(linkat(AT_FDCWD, "link", AT_FDCWD, "followed", AT_SYMLINK_FOLLOW));
  TRY(linkat(AT_FDCWD, "dangling", AT_FDCWD, "followed2", AT_SYMLINK_FOLLOW));
  TRY(linkat(directory, "inner", AT_FDCWD, "taken", 0));
  TRY(linkat(plain, "", AT_FDCWD, "bydescriptor", 0));
  TRY(linkat(AT_FDCWD, "file", AT_FDCWD, "hard2", 1));
  TRY(linkat(AT_FDCWD, "file", -1, "hard2", 0));
  TRY(linkat(-1, "file", AT_FDCWD, "hard2", 0));

  mkdir("full", 0755);
  put("full/x", "x", 0644);
  mkdir("bare", 0755);
  put("one", "1", 0644);
  put("two", "22", 0644);
  TRY(rename("one", "one"));
  TRY(rename("one", "two"));
  TRY(rename("one", "two"));
  TRY(rename("two", "one"));
  TRY(rename("one", "bare"));
  TRY(rename("bare", "one"));
  TRY(rename("bare", "full"));
  TRY(rename("full", "bare"));
  TRY(rename("bare", "bare/x"));
  TRY(rename("bare/x", "bare"));
  TRY(rename("bare", "bare/sub/y"));
  TRY(rename("one", "one/"));
  TRY(rename("one/", "three"));
  TRY(rename("one", "three/"));
  TRY(rename("bare/", "full/"));
  TRY(rename("full", "."));
  TRY(rename(".", "three"));
  TRY(rename("..", "three"));
  TRY(rename("/", "three"));
  TRY(rename("one", "/"));
  TRY(rename("one", "dir/.."));
  TRY(rename("missing", "three"));
  TRY(rename("missing", "missing/three"));
  TRY(rename("one", "missing/three"));
  TRY(rename("one", "file/three"));
  TRY(rename("", "three"));
  TRY(rename("one", ""));
  TRY(rename(NOWHERE, "three"));
  TRY(rename("one", NOWHERE));
  TRY(rename("one", too_long_name));
  TRY(rename("file", "hard"));
  TRY(rename("one", "/dev/shm/plumbline-one"));
  TRY(rename("dangling", "dangling2"));
  TRY(rename("dangling2", "dangling"));
  TRY(rename("dirlink/", "three"));
  TRY(rename("dirlink", "dirlink2"));
  TRY(rename("dirlink2", "dirlink"));
  TRY(rename("one", "dirlink"));
  symlink("dir", "dirlink");
  TRY(renameat(directory, "sym", AT_FDCWD, "moved"));
  TRY(renameat(plain, "x", AT_FDCWD, "moved"));
  TRY(renameat(-1, "x", AT_FDCWD, "moved"));
  put("one", "1", 0644);
  put("two", "22", 0644);
  TRY(renameat2(AT_FDCWD, "one", AT_FDCWD, "two", RENAME_NOREPLACE));
  TRY(renameat2(AT_FDCWD, "one", AT_FDCWD, "three", RENAME_NOREPLACE));
  TRY(renameat2(AT_FDCWD, "three", AT_FDCWD, "two", RENAME_EXCHANGE));
  TRY(renameat2(AT_FDCWD, "three", AT_FDCWD, "full", RENAME_EXCHANGE));
  TRY(renameat2(AT_FDCWD, "full", AT_FDCWD, "three", RENAME_EXCHANGE));
  TRY(renameat2(AT_FDCWD, "three", AT_FDCWD, "missing", RENAME_EXCHANGE));
  TRY(renameat2(AT_FDCWD, "missing", AT_FDCWD, "three", RENAME_EXCHANGE));
  TRY(renameat2(AT_FDCWD, "full", AT_FDCWD, "full/x", RENAME_EXCHANGE));
  TRY(renameat2(AT_FDCWD, "full/x", AT_FDCWD, "full", RENAME_EXCHANGE));
  TRY(renameat2(AT_FDCWD, "three", AT_FDCWD, "two", RENAME_EXCHANGE | RENAME_NOREPLACE));
  TRY(renameat2(AT_FDCWD, "three", AT_FDCWD, "two", 64));
  TRY(renameat2(AT_FDCWD, "three", AT_FDCWD, ".", RENAME_NOREPLACE));
  TRY(renameat2(AT_FDCWD, "three", AT_FDCWD, "new2/", RENAME_NOREPLACE));

  TRY(unlink("missing"));
  TRY(unlink("missing/x"));
  TRY(unlink("file/"));
  TRY(unlink("file/x"));
  TRY(unlink("missing/"));
  TRY(unlink("dir"));
  TRY(unlink("dir/"));
  TRY(unlink("dirlink/"));
  TRY(unlink("."));
  TRY(unlink(".."));
  TRY(unlink("/"));
  TRY(unlink(""));
  TRY(unlink(NOWHERE));
  TRY(unlink(too_long_name));
  TRY(unlink("closed/x"));
  TRY(unlink("/proc/version"));
  TRY(unlink("a"));
  TRY(unlink("dangling"));
  TRY(unlinkat(directory, "inner", 0));
  TRY(unlinkat(directory, "inner", 0));
  TRY(unlinkat(directory, "sub", AT_REMOVEDIR));
  TRY(unlinkat(AT_FDCWD, "two", 1));
  TRY(unlinkat(-1, "two", 0));
  TRY(unlinkat(plain, "two", 0));
  TRY(rmdir("missing"));
  TRY(rmdir("file"));
  TRY(rmdir("file/"));
  TRY(rmdir("full"));
  TRY(rmdir("dirlink"));
  TRY(rmdir("dirlink/"));
  TRY(rmdir("."));
  TRY(rmdir("new/."));
  TRY(rmdir(".."));
  TRY(rmdir("new/.."));
  TRY(rmdir("/"));
  TRY(rmdir("/proc"));
  TRY(rmdir(""));
  TRY(rmdir("new/"));
  TRY(rmdir("new"));
  TRY(rmdir(NOWHERE));
#ifdef SYS_rename
  TRY(syscall(SYS_mkdir, "older", 0750));
  TRY(syscall(SYS_rename, "older", "oldest"));
  TRY(syscall(SYS_rmdir, "oldest"));
  TRY(syscall(SYS_symlink, "file", "oldest"));
  TRY(syscall(SYS_link, "oldest", "older"));
  TRY(syscall(SYS_unlink, "oldest"));
  TRY(syscall(SYS_mknod, "oldfifo", S_IFIFO | 0600, 0));
#endif
  close(directory);
  close(plain);
}

static void attributes(void) {
  put("mine", "0123456789", 0644);
  symlink("mine", "tomine");
  symlink("nothing", "tonothing");
  int fd = open("mine", O_RDONLY), path = open("mine", O_PATH), directory = open("dir", O_RDONLY);
  struct timespec times[2] = {{1000, 5}, {2000, 7}}, omitted[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}}, bad[2] = {{0, 1L << 40}, {0, 0}};
  struct timeval values[2] = {{3000, 5}, {4000, 7}}, bad_values[2] = {{0, 1000000}, {0, 0}};
  struct utimbuf old = {5000, 6000};
  struct stat is;

  TRY(chmod("mine", 0600));
  TRY(chmod("mine", 0107644));
  TRY(chmod("tomine", 0640));
  TRY(chmod("tonothing", 0640));
  TRY(chmod("missing", 0640));
  TRY(chmod("mine/", 0640));
  TRY(chmod("dirlink/", 0750));
  TRY(chmod("", 0640));
  TRY(chmod(NOWHERE, 0640));
  TRY(chmod("/proc/version", 0640));
  TRY(fchmod(fd, 0604));
  TRY(fchmod(path, 0604));
  TRY(fchmod(-1, 0604));
  TRY(fchmod(directory, 0755));
  TRY(fchmodat(directory, "../mine", 0611, 0));
  TRY(fchmodat(fd, "mine", 0611, 0));
  TRY(syscall(SYS_fchmodat, AT_FDCWD, "mine", 0644));
  TRY(syscall(452 /* fchmodat2 */, AT_FDCWD, "tomine", 0666, AT_SYMLINK_NOFOLLOW));
  TRY(syscall(452, AT_FDCWD, "mine", 0644, AT_SYMLINK_NOFOLLOW));
  TRY(syscall(452, fd, "", 0640, AT_EMPTY_PATH));
  TRY(syscall(452, path, "", 0644, AT_EMPTY_PATH));
  TRY(syscall(452, AT_FDCWD, "mine", 0644, 1));
  stat("mine", &is);
  TRY(is.st_mode);
  int both[2];
  if (pipe(both)) perror("pipe");
  TRY(fchmod(both[0], 0600));

  TRY(chown("mine", getuid(), getgid()));
  TRY(chown("mine", -1, -1));
  TRY(chown("missing", -1, -1));
  TRY(chown("tonothing", -1, -1));
  TRY(lchown("tonothing", getuid(), -1));
  TRY(fchown(fd, getuid(), getgid()));
  TRY(fchown(path, getuid(), getgid()));
  TRY(fchown(-1, getuid(), getgid()));
  TRY(fchownat(fd, "", getuid(), getgid(), AT_EMPTY_PATH));
  TRY(fchownat(fd, "", getuid(), getgid(), 0));
  TRY(fchownat(AT_FDCWD, "tomine", getuid(), getgid(), AT_SYMLINK_NOFOLLOW));
  TRY(fchownat(AT_FDCWD, "mine", -1, -1, 1));
  TRY(chown(NOWHERE, -1, -1));
  TRY(fchown(both[0], -1, -1));

  TRY(utimensat(AT_FDCWD, "mine", times, 0));
  TRY((stat("mine", &is), is.st_atim.tv_sec * 1000 + is.st_mtim.tv_nsec));
  TRY(utimensat(AT_FDCWD, "mine", omitted, 0));
  TRY(utimensat(AT_FDCWD, "missing", omitted, 0));
  TRY(utimensat(AT_FDCWD, "mine", bad, 0));
  TRY(utimensat(AT_FDCWD, "mine", (struct timespec *)NOWHERE, 0));
  TRY(utimensat(AT_FDCWD, "tonothing", times, 0));
  TRY(utimensat(AT_FDCWD, "tonothing", times, AT_SYMLINK_NOFOLLOW));
  TRY(utimensat(AT_FDCWD, "mine", times, 1));
  TRY(utimensat(AT_FDCWD, "", times, 0));
  TRY(utimensat(fd, "", times, AT_EMPTY_PATH));
  TRY(syscall(SYS_utimensat, AT_FDCWD, NULL, times, 0));
  TRY(syscall(SYS_utimensat, fd, NULL, times, AT_SYMLINK_NOFOLLOW));
  TRY(futimens(fd, times));
  TRY(futimens(path, times));
  TRY(futimens(-1, times));
  TRY(futimens(both[0], times));
  TRY(utimensat(directory, "../mine", 0, 0));
#ifdef SYS_utimes
  TRY(syscall(SYS_utimes, "mine", values));
  TRY(syscall(SYS_utimes, "mine", bad_values));
  TRY(syscall(SYS_futimesat, AT_FDCWD, "mine", values));
  TRY(syscall(SYS_futimesat, fd, NULL, values));
  TRY((stat("mine", &is), is.st_atim.tv_sec * 1000 + is.st_mtim.tv_nsec));
  TRY(syscall(SYS_utime, "mine", &old));
  TRY(syscall(SYS_utime, "missing", &old));
  TRY(syscall(SYS_utime, "mine", NULL));
#endif

  TRY(truncate("mine", 4));
  TRY(truncate("mine", 4000));
  TRY((stat("mine", &is), is.st_size));
  TRY(truncate("mine", -1));
  TRY(truncate("missing", 0));
  TRY(truncate("missing", -1));
  TRY(truncate("dir", 0));
  TRY(truncate("pipe", 0));
  TRY(truncate("/dev/null", 0));
  TRY(truncate("mine/", 0));
  TRY(truncate("tomine", 7));
  TRY(truncate("fixed", 0));
  TRY(truncate(NOWHERE, 0));
  TRY(truncate("/proc/self/exe", 0));
  TRY(ftruncate(fd, 0));

  char value[64];
  memset(value, 'v', sizeof value);
  TRY(setxattr("mine", "user.a", value, 8, 0));
  TRY(setxattr("mine", "user.a", value, 8, XATTR_CREATE));
  TRY(setxattr("mine", "user.b", value, 8, XATTR_REPLACE));
  TRY(setxattr("mine", "user.a", value, 0, 0));
  TRY(setxattr("mine", "user.a", value, 8, 64));
  TRY(setxattr("mine", "unknown", value, 8, 0));
  TRY(setxattr("mine", "other.a", value, 8, 0));
  TRY(setxattr("mine", "", value, 8, 0));
  TRY(setxattr("mine", repeated("user.", 256), value, 8, 0));
  TRY(setxattr("mine", NOWHERE, value, 8, 0));
  TRY(setxattr("mine", "user.c", NOWHERE, 8, 0));
  TRY(setxattr("mine", "user.c", value, 1 << 20, 0));
  TRY(setxattr("missing", "user.a", value, 8, 0));
  TRY(setxattr("pipe", "user.a", value, 8, 0));
  TRY(lsetxattr("tomine", "user.a", value, 8, 0));
  TRY(fsetxattr(fd, "user.f", value, 8, 0));
  TRY(fsetxattr(path, "user.f", value, 8, 0));
  TRY(fsetxattr(-1, "user.f", value, 8, 0));
  TRY(getxattr("mine", "user.f", value, sizeof value));
  TRY(removexattr("mine", "user.f"));
  TRY(removexattr("mine", "user.f"));
  TRY(lremovexattr("tomine", "user.f"));
  TRY(fremovexattr(fd, "user.f"));
  TRY(fremovexattr(path, "user.f"));
  close(fd);
  close(path);
  close(directory);
  close(both[0]);
  close(both[1]);
}

#define WATCH(fd, path, mask) TRY(inotify_add_watch(fd, path, mask))

static void watches(void) {
  int fd = inotify_init1(IN_NONBLOCK), plain = open("file", O_RDONLY);
  WATCH(fd, "dir", IN_CREATE);
  WATCH(fd, "dirlink", IN_CREATE | IN_DELETE);
  WATCH(fd, "dirlink/", IN_CREATE | IN_ONLYDIR);
  WATCH(fd, "dirlink", IN_CREATE | IN_DONT_FOLLOW);
  WATCH(fd, "dangling3", IN_ATTRIB);
  WATCH(fd, "tonothing", IN_ATTRIB | IN_DONT_FOLLOW);
  WATCH(fd, "tonothing", IN_ATTRIB);
  WATCH(fd, "file", IN_OPEN);
  WATCH(fd, "file", IN_OPEN | IN_ONLYDIR);
  WATCH(fd, "file", IN_OPEN | IN_MASK_CREATE);
  WATCH(fd, "file", 0);
  WATCH(fd, "secret", IN_OPEN);
  WATCH(fd, "", IN_OPEN);
  WATCH(fd, NOWHERE, IN_OPEN);
  WATCH(-1, "file", IN_OPEN);
  WATCH(plain, "file", IN_OPEN);
  close(open("dir/watched", O_CREAT | O_WRONLY, 0600));
  char buffer[4096];
  long length = read(fd, buffer, sizeof buffer);
  for (long at = 0; at < length;) {
    struct inotify_event *event = (struct inotify_event *)(buffer + at);
    printf("event %d: %x %s\n", event->wd, event->mask, event->len ? event->name : "");
    at += (long)sizeof *event + event->len;
  }
  TRY(inotify_rm_watch(fd, 1));
  TRY(inotify_rm_watch(fd, 99));
  close(plain);
  close(fd);
}

static void *waiting(void *number) {
  *(volatile int *)number = gettid();
  pause();
  return 0;
}

static void scheduling(void) {
  cpu_set_t set;
  struct sched_param parameter = {0};
  volatile int other = 0;
  pthread_t thread;
  sched_getaffinity(0, sizeof set, &set);
  pthread_create(&thread, 0, waiting, (void *)&other);
  while (!other) sched_yield();
  TRY(sched_setaffinity(0, sizeof set, &set));
  TRY(sched_setaffinity(getpid(), sizeof set, &set));
  TRY(sched_setaffinity(other, sizeof set, &set));
  TRY(pthread_setaffinity_np(thread, sizeof set, &set));
  TRY(pthread_setschedparam(thread, SCHED_OTHER, &parameter));
  TRY(sched_setscheduler(other, SCHED_BATCH, &parameter));
  TRY(sched_getscheduler(other));
  TRY(sched_setparam(other, &parameter));
  TRY(sched_setparam(other, 0));
  TRY(setpriority(PRIO_PROCESS, 0, 3));
  TRY(setpriority(PRIO_PROCESS, (id_t)getpid(), 4));
  TRY(getpriority(PRIO_PROCESS, 0));
  TRY(syscall(SYS_ioprio_set, 1, other, 2 << 13 | 4));
}

static struct sockaddr_in at(const char *ip, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  inet_pton(AF_INET, ip, &address.sin_addr);
  return address;
}

static int port_of(int fd) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  getsockname(fd, (struct sockaddr *)&address, &length);
  return ntohs(address.sin_port);
}

static int stream(void) { return socket(AF_INET, SOCK_STREAM, 0); }

#define CONNECT(fd, address, length) TRY(connect(fd, (struct sockaddr *)(address), length))
#define BIND(fd, address, length) TRY(bind(fd, (struct sockaddr *)(address), length))

static void connections(void) {
  int server = stream(), file = open("file", O_RDONLY), one = stream(), free_port = stream(), other;
  struct sockaddr_in any = at("127.0.0.1", 0), to, no = at("127.0.0.1", 1), foreign = at("198.51.100.1", 0);
  BIND(server, &any, sizeof any);
  BIND(server, &any, sizeof any);
  TRY(listen(server, 8));
  TRY(listen(server, 8));
  to = at("127.0.0.1", port_of(server));
  TRY(port_of(server) != 0);
  BIND(free_port, &to, sizeof to);
  BIND(free_port, &foreign, sizeof foreign);
  BIND(free_port, &any, 8);
  BIND(free_port, &any, 0);
  BIND(free_port, &any, -1);
  BIND(free_port, &any, 1000);
  BIND(free_port, NOWHERE, sizeof any);
  BIND(file, &any, sizeof any);
  BIND(-1, &any, sizeof any);
  TRY(listen(file, 1));
  TRY(listen(-1, 1));

  CONNECT(one, &no, sizeof no);
  CONNECT(one, &to, sizeof to);
  CONNECT(one, &to, sizeof to);
  other = accept4(server, 0, 0, SOCK_CLOEXEC);
  TRY(write(other, "hello", 5));
  char text[8];
  TRY(read(one, text, sizeof text));
  struct sockaddr_in peer;
  socklen_t length = sizeof peer;
  TRY(getpeername(one, (struct sockaddr *)&peer, &length));
  TRY(peer.sin_port == to.sin_port && length == sizeof peer);
  TRY(fcntl(one, F_GETFL));
  TRY(listen(one, 1));
  TRY(sendto(one, "x", 1, MSG_NOSIGNAL, (struct sockaddr *)&no, sizeof no));
  close(other);
  close(one);

  one = stream();
  CONNECT(one, &to, 8);
  CONNECT(one, &to, 1);
  CONNECT(one, &to, 0);
  CONNECT(one, &to, -1);
  CONNECT(one, &to, 1000);
  CONNECT(one, NOWHERE, sizeof to);
  CONNECT(-1, &to, sizeof to);
  CONNECT(file, &to, sizeof to);
  CONNECT(server, &to, sizeof to);
  struct sockaddr_in family = to;
  family.sin_family = AF_UNIX;
  CONNECT(one, &family, sizeof family);
  family.sin_family = 99;
  CONNECT(one, &family, sizeof family);
  family.sin_family = AF_UNSPEC;
  CONNECT(one, &family, sizeof family);
  family.sin_family = AF_INET6;
  CONNECT(one, &family, sizeof family);
  struct sockaddr_in broadcast = at("255.255.255.255", 1);
  CONNECT(one, &broadcast, sizeof broadcast);
  struct sockaddr_in zero = at("0.0.0.0", port_of(server));
  CONNECT(one, &zero, sizeof zero);
  family.sin_family = AF_UNSPEC;
  CONNECT(one, &family, sizeof family);
  CONNECT(one, &to, 128);
  close(one);
  TRY(sendto(stream(), "x", 1, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof to));
  TRY(send(stream(), "x", 1, MSG_NOSIGNAL));
  TRY(accept(free_port, 0, 0));
  TRY(shutdown(free_port, SHUT_RDWR));

  one = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CONNECT(one, &to, sizeof to);
  struct pollfd ready = {.fd = one, .events = POLLOUT};
  TRY(poll(&ready, 1, 5000));
  CONNECT(one, &to, sizeof to);
  CONNECT(one, &to, sizeof to);
  close(one);
  one = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CONNECT(one, &no, sizeof no);
  ready.fd = one;
  TRY(poll(&ready, 1, 5000));
  int error = 0;
  length = sizeof error;
  getsockopt(one, SOL_SOCKET, SO_ERROR, &error, &length);
  TRY(error);
  close(one);

  // A port of its own, chosen when it listens.
  one = stream();
  TRY(listen(one, 1));
  TRY(port_of(one) != 0);
  close(one);

  int six = socket(AF_INET6, SOCK_STREAM, 0), six_server = socket(AF_INET6, SOCK_STREAM, 0);
  struct sockaddr_in6 loop = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  BIND(six_server, &loop, sizeof loop);
  TRY(listen(six_server, 1));
  loop.sin6_port = htons((uint16_t)port_of(six_server));
  CONNECT(six, &to, sizeof to);
  CONNECT(six, &loop, 16);
  CONNECT(six, &loop, 24);
  CONNECT(six, &loop, sizeof loop);
  close(six);
  six = socket(AF_INET6, SOCK_STREAM, 0);
  struct sockaddr_in6 mapped = {.sin6_family = AF_INET6, .sin6_port = to.sin_port};
  inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr);
  CONNECT(six, &mapped, sizeof mapped);
  close(six);
  six = socket(AF_INET6, SOCK_STREAM, 0);
  BIND(six, &to, sizeof to);
  struct sockaddr_in6 nobody = {.sin6_family = AF_INET6, .sin6_port = htons(1), .sin6_addr = IN6ADDR_ANY_INIT};
  CONNECT(six, &nobody, sizeof nobody);
  close(six);
  close(six_server);
  close(server);
  close(free_port);
  close(file);
}

static struct sockaddr_un named(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  memcpy(address.sun_path, path, strnlen(path, sizeof address.sun_path));
  return address;
}

static void unix_sockets(void) {
  int server = socket(AF_UNIX, SOCK_STREAM, 0), one = socket(AF_UNIX, SOCK_STREAM, 0);
  int packets = socket(AF_UNIX, SOCK_SEQPACKET, 0), unbound = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un here = named("served"), taken = named("file"), nowhere = named("missing/served"), longest;
  struct sockaddr_un none = named("absent"), dangling = named("tonothing"), slash = named("slash/"), dot = named(".");
  struct sockaddr_un idle = named("socket"), through = named("file/x"), directory = named("dir"), shared = named("closed/x");
  TRY(listen(unbound, 1));
  BIND(server, &taken, sizeof taken);
  BIND(server, &nowhere, sizeof nowhere);
  BIND(server, &dangling, sizeof dangling);
  BIND(server, &slash, sizeof slash);
  BIND(server, &dot, sizeof dot);
  BIND(server, &through, sizeof through);
  BIND(server, &shared, sizeof shared);
  BIND(server, &here, 2);
  close(server);
  server = socket(AF_UNIX, SOCK_STREAM, 0);
  BIND(server, &here, 1);
  BIND(server, &here, 0);
  BIND(server, &here, -1);
  BIND(server, &here, 111);
  BIND(server, NOWHERE, sizeof here);
  umask(077);
  BIND(server, &here, sizeof here);
  umask(022);
  BIND(server, &none, sizeof none);
  CONNECT(one, &here, sizeof here);
  TRY(listen(server, 1));
  CONNECT(one, &here, sizeof here);
  CONNECT(one, &here, sizeof here);
  struct sockaddr_un peer;
  socklen_t length = sizeof peer;
  TRY(getpeername(one, (struct sockaddr *)&peer, &length));
  printf("%.*s %u\n", (int)(length - 2), peer.sun_path, length);
  CONNECT(packets, &here, sizeof here);
  CONNECT(unbound, &taken, sizeof taken);
  CONNECT(unbound, &none, sizeof none);
  CONNECT(unbound, &nowhere, sizeof nowhere);
  CONNECT(unbound, &through, sizeof through);
  CONNECT(unbound, &dangling, sizeof dangling);
  CONNECT(unbound, &idle, sizeof idle);
  CONNECT(unbound, &directory, sizeof directory);
  CONNECT(unbound, &here, 1);
  CONNECT(unbound, &here, 111);
  CONNECT(unbound, NOWHERE, sizeof here);
  CONNECT(unbound, &here, 2);
  here.sun_family = AF_INET;
  CONNECT(unbound, &here, sizeof here);
  here.sun_family = AF_UNSPEC;
  CONNECT(unbound, &here, sizeof here);
  BIND(unbound, &here, sizeof here);
  memset(&longest, 'u', sizeof longest);
  longest.sun_family = AF_UNIX;
  BIND(unbound, &longest, sizeof longest);
  CONNECT(one, &longest, sizeof longest);
  struct sockaddr_un abstract = named("\0plumbline-nobody");
  memcpy(abstract.sun_path, "\0plumbline-nobody", 17);
  int fresh = socket(AF_UNIX, SOCK_STREAM, 0);
  CONNECT(fresh, &abstract, 19);
  close(fresh);
  close(server);
  close(one);
  close(packets);
  close(unbound);
}

static void programs(void) {
  char *arguments[] = {"true", 0}, *too_much = repeated("x", 200000), *too_many[] = {"true", too_much, 0};
  put("noaccess", "#!/bin/sh\n", 0644);
  put("empty", "", 0755);
  put("text", "exit 0\n", 0755);
  put("script", "#!/bin/sh\nexit 7\n", 0755);
  put("unended", "#!/bin/true", 0755);
  put("spaced", "#! \t /bin/sh -e \t \nexit 8\n", 0755);
  put("bang", "#!\nexit 0\n", 0755);
  put("lost", "#!/missing/interpreter\n", 0755);
  put("unreadable", "#!/bin/true\n", 0111);
  put("ofscript", "#!./script\n", 0755);
  put("ofnoaccess", "#!./noaccess\n", 0755);
  put("ofdir", "#!./dir\n", 0755);
  put("recursive", "#!./recursive\n", 0755);
  char *long_line = repeated("#!/", 400);
  memset(long_line + 3, '/', 390);
  strcpy(long_line + 380, "bin/true\n");
  put("longline", long_line, 0755);
  put("nested1", "#!./ofscript\n", 0755);
  put("nested2", "#!./nested1\n", 0755);
  put("nested3", "#!./nested2\n", 0755);
  put("nested4", "#!./nested3\n", 0755);
  put("nested5", "#!./nested4\n", 0755);
  symlink("script", "toscript");
  EXEC(execve("/bin/true", arguments, environ));
  EXEC(execve("/bin/false", arguments, environ));
  EXEC(execve("missing", arguments, environ));
  EXEC(execve("missing/x", arguments, environ));
  EXEC(execve("file/x", arguments, environ));
  EXEC(execve("noaccess", arguments, environ));
  EXEC(execve("empty", arguments, environ));
  EXEC(execve("text", arguments, environ));
  EXEC(execve("script", arguments, environ));
  EXEC(execve("./toscript", arguments, environ));
  EXEC(execve("script/", arguments, environ));
  EXEC(execve("unended", arguments, environ));
  EXEC(execve("spaced", arguments, environ));
  EXEC(execve("bang", arguments, environ));
  EXEC(execve("lost", arguments, environ));
  EXEC(execve("unreadable", arguments, environ));
  EXEC(execve("ofscript", arguments, environ));
  EXEC(execve("ofnoaccess", arguments, environ));
  EXEC(execve("ofdir", arguments, environ));
  EXEC(execve("recursive", arguments, environ));
  EXEC(execve("longline", arguments, environ));
  EXEC(execve("nested2", arguments, environ));
  EXEC(execve("nested3", arguments, environ));
  EXEC(execve("nested4", arguments, environ));
  EXEC(execve("nested5", arguments, environ));
  EXEC(execve("dir", arguments, environ));
  EXEC(execve("pipe", arguments, environ));
  EXEC(execve("b", arguments, environ));
  EXEC(execve("", arguments, environ));
  EXEC(execve(NOWHERE, arguments, environ));
  EXEC(execve("/bin/true", (char **)NOWHERE, environ));
  EXEC(execve("/bin/true", too_many, environ));
  EXEC(execve(repeated("./", PATH_MAX), arguments, environ));
  EXEC(execve("/proc/self/exe", arguments, (char *[]){"ONLY_TELL=1", 0}));
  EXEC((execve("missing", arguments, environ), execve("text", arguments, environ), execve("script", arguments, environ)));
  int directory = open(".", O_RDONLY | O_DIRECTORY), script = open("script", O_RDONLY);
  EXEC(syscall(SYS_execveat, directory, "script", arguments, environ, 0));
  EXEC(syscall(SYS_execveat, AT_FDCWD, "toscript", arguments, environ, AT_SYMLINK_NOFOLLOW));
  EXEC(syscall(SYS_execveat, -1, "script", arguments, environ, 0));
  EXEC(syscall(SYS_execveat, directory, "script", arguments, environ, 1));
  EXEC(syscall(SYS_execveat, script, "", arguments, environ, AT_EMPTY_PATH));
  close(directory);
  close(script);
}

static int by_name(const struct dirent **one, const struct dirent **other) {
  return strcmp((*one)->d_name, (*other)->d_name);
}

// What there is in the end.
static void tell(const char *directory) {
  struct dirent **entries;
  int count = scandir(directory, &entries, 0, by_name);
  if (count < 0) printf("%s: %s\n", directory, name_of(errno));
  for (int index = 0; index < count; index++) {
    const char *name = entries[index]->d_name;
    if (!strcmp(name, ".") || !strcmp(name, "..")) continue;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    struct stat is;
    lstat(path, &is);
    printf("%s: mode %o, links %lu, size %ld\n", path, is.st_mode, is.st_nlink, S_ISDIR(is.st_mode) ? 0 : is.st_size);
    if (S_ISDIR(is.st_mode)) tell(path);
  }
}

int main(void) {
  if (getenv("ONLY_TELL")) return 9;
  setvbuf(stdout, 0, _IONBF, 0);
  // Nobody has a terminal.
  setsid();
  opens();
  opens_how();
  names();
  attributes();
  watches();
  scheduling();
  connections();
  unix_sockets();
  programs();
  tell(".");
}
