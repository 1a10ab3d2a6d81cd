# Opens the secret to everyone, then reads it.

. "${0%/*}/attack.sh"

chmod 644 "$ATTACK_SECRET" 2>/dev/null && won "the secret's mode was changed"
blocked "chmod"
