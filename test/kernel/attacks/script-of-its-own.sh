# Writes a script and runs it by its name.

. "${0%/*}/attack.sh"

script=$ATTACK_WORK/script
printf '#!/bin/sh\nexit 77\n' >"$script" && chmod 700 "$script" || blocked "it could not be written"
error=$("$script" 2>&1)
[ $? = 77 ] && won "a script of the attacker's ran as a program"
blocked "script: ${error##*: }"
