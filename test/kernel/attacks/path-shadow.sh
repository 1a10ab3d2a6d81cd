# Puts a program that is not granted first in PATH, under the name of one that is.

. "${0%/*}/attack.sh"

cp "$ATTACK_PROGRAM" "$ATTACK_WORK/true" && chmod 700 "$ATTACK_WORK/true" || blocked "it could not be copied"
PATH=$ATTACK_WORK:$PATH
error=$(env true 2>&1)
[ $? = 77 ] && won "a program of the attacker's ran as true"
blocked "env true: ${error:-the granted program ran}"
