# Connects to a port that is not granted, by the shell itself.

. "${0%/*}/attack.sh"

error=$( { exec 5<>"/dev/tcp/127.0.0.1/$ATTACK_PORT"; } 2>&1) && won "the shell connected"
blocked "/dev/tcp: ${error##*: }"
