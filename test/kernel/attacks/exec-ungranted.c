// Runs a program that may be read and not run.

#include "attack.h"

static void attempt(void) { execl(target("ATTACK_PROGRAM"), "x", NULL); }

int main(void) { run_ungranted("execve", attempt); }
