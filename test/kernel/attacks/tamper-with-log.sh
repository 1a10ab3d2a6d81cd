# Deletes, empties and renames the log, and removes its directory.

. "${0%/*}/attack.sh"

log=$ATTACK_LOG/00000000.cborseq
{ : >"$log"; } 2>/dev/null && won "the log was emptied"
truncate -s 0 "$log" 2>/dev/null && won "the log was cut"
rm -f "$log" 2>/dev/null && won "the log was deleted"
mv "$ATTACK_LOG" "$ATTACK_WORK/log" 2>/dev/null && won "the log was moved"
rm -rf "$ATTACK_LOG" 2>/dev/null && won "the log's directory was removed"
blocked "the log stood"
