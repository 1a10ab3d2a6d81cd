// Says which file it is the program of, which others read at /proc/PID/exe.

#include "attack.h"

#include <linux/prctl.h>

int main(void) {
  int fd = open(target("ATTACK_PROGRAM"), O_RDONLY);
  if (fd < 0) refused("open");
  // Fields of /proc/self/stat: 26 startcode, 27 endcode, 28 startstack, 45 start_data, 46 end_data, 47 start_brk, 48-51
  // arguments and environment.
  FILE *stat = fopen("/proc/self/stat", "re");
  char text[2048] = {0};
  if (!stat || !fgets(text, sizeof text, stat)) refused("open of /proc/self/stat");
  unsigned long long fields[64] = {0};
  int field = 3;
  for (char *word = strtok(strrchr(text, ')') + 1, " "); word; word = strtok(0, " ")) fields[field++] = strtoull(word, 0, 10);
  struct prctl_mm_map map = {.start_code = fields[26], .end_code = fields[27], .start_data = fields[45], .end_data = fields[46],
                             .start_brk = fields[47], .brk = (uintptr_t)sbrk(0), .start_stack = fields[28],
                             .arg_start = fields[48], .arg_end = fields[49], .env_start = fields[50], .env_end = fields[51],
                             .exe_fd = (uint32_t)fd};
  if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0)) {
    if (errno == EINVAL) absent("no PR_SET_MM_MAP");
    // Everything was granted but that the old program is still mapped, which it could unmap.
    if (errno == EBUSY) won("PR_SET_MM_MAP would name another program once the old one is unmapped");
    refused("prctl PR_SET_MM_MAP");
  }
  won("it says that it is another program");
}
