# Runs itself under another supervision that it chooses, and that grants the secret.

. "${0%/*}/attack.sh"

# ATTACK_PLUMB is a command line of words without spaces.
steal "$($ATTACK_PLUMB run --read "${ATTACK_SECRET%/*}" --exec /bin/ --exec /usr/bin/ -- cat "$ATTACK_SECRET" 2>&1)" "a nested run"
