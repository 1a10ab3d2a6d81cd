# Hands a program of its own to an interpreter that it may run, as an argument.

. "${0%/*}/attack.sh"

error=$(sh -c 'exit 77' 2>&1)
[ $? = 77 ] && won "a shell ran what it was told"
blocked "sh -c: ${error##*: }"
