# Sends a datagram by the shell itself, and waits for the answer.

. "${0%/*}/attack.sh"

exec 2>&1
error=$( { exec 5<>"/dev/udp/127.0.0.1/$ATTACK_PORT"; } 2>&1) || blocked "/dev/udp: ${error##*: }"
exec 5<>"/dev/udp/127.0.0.1/$ATTACK_PORT" && echo x >&5 || blocked "/dev/udp"
# One datagram is one answer; the shell reads it byte by byte, so only that it came is asked.
IFS= read -r -t 2 -n 1 -u 5 _ && won "an answer came"
blocked "no answer came"
