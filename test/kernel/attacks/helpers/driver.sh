# Owns: running commands one after another inside one guarded run, as shared-run.ts asks for them.
#
# Standard input gives for each command its directory and its words, one a line, then an empty line. The command writes
# to this script's own outputs; after it ends, a NUL byte, its exit status and a newline follow on standard output.

# With job control each command leads a process group, so that what it leaves behind is ended with it.
set -m
while IFS= read -r directory; do
  words=()
  while IFS= read -r word && [ "$word" ]; do words+=("$word"); done
  (cd "$directory" && exec "${words[@]}") </dev/null &
  wait "$!"
  status=$?
  kill -KILL -- "-$!" 2>/dev/null
  printf '\0%d\n' "$status"
done
