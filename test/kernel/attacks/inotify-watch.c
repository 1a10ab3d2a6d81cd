// Watches the secret's directory, and learns from it what others do there.

#include "attack.h"

#include <sys/inotify.h>

int main(void) {
  int watch = inotify_init1(IN_NONBLOCK);
  if (watch < 0) refused("inotify_init1");
  if (inotify_add_watch(watch, vault(), IN_ALL_EVENTS) < 0) refused("inotify_add_watch");
  won("inotify watches a directory outside the scope");
}
