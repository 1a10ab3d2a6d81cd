# Finds the secret by a pattern, from the directory it is in.

. "${0%/*}/attack.sh"

cd "${ATTACK_SECRET%/*}" || blocked "cd"
for name in *; do text=$(cat -- "$name" 2>&1) && break; done
steal "$text" "a pattern"
