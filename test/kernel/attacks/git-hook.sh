# Writes what others will run later, outside the tree, from a directory that it may write.

. "${0%/*}/attack.sh"

hooks=$ATTACK_WORK/.git/hooks
mkdir -p "$hooks" 2>/dev/null && printf '#!/bin/sh\n' >"$hooks/pre-commit" && chmod 700 "$hooks/pre-commit" && won "whoever commits there runs it"
blocked "it could not be written"
