# Brings the secret into a granted directory with each tool that copies or names files.

. "${0%/*}/attack.sh"

cd "$ATTACK_WORK" || exit 3
cp "$ATTACK_SECRET" loot 2>/dev/null && steal "$(cat loot)" cp
ln "$ATTACK_SECRET" loot 2>/dev/null && steal "$(cat loot)" ln
dd if="$ATTACK_SECRET" of=loot 2>/dev/null && steal "$(cat loot)" dd
install -m 600 "$ATTACK_SECRET" loot 2>/dev/null && steal "$(cat loot)" install
split "$ATTACK_SECRET" loot 2>/dev/null && steal "$(cat lootaa)" split
mv "$ATTACK_SECRET" loot 2>/dev/null && steal "$(cat loot)" mv
blocked "cp, ln, dd, install, split and mv were refused"
