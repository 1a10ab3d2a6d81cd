# Leaves a process behind, in a session of its own, that reads the secret after its parents have ended.

. "${0%/*}/attack.sh"

loot=$ATTACK_WORK/loot
(setsid bash -c 'sleep 0.2; cat "$0" >"$1.part" 2>&1; mv "$1.part" "$1"' "$ATTACK_SECRET" "$loot" </dev/null >/dev/null 2>&1 &)
for _ in {1..50}; do
  [ -e "$loot" ] && steal "$(cat "$loot")" "a daemon"
  sleep 0.1
done
blocked "no answer of the daemon came"
