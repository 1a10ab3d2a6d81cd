# Lets the shell itself read the secret, by a redirection.

. "${0%/*}/attack.sh"

line=$( { read -r line <"$ATTACK_SECRET" && echo "$line"; } 2>&1)
steal "$line" "a redirection"
