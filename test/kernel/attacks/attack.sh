# What attacks in shell share: the one line they end in, as in attack.h.

won() { echo "WON: $*"; exit 0; }
blocked() { echo "BLOCKED: ${*:-no reason was given}"; exit 1; }
absent() { echo "N/A: $*"; exit 2; }

# Ends the attack: $1 is what was read, $2 says how.
steal() {
  case $1 in
    plumbline-secret*) won "$2 read the secret" ;;
    *) blocked "$2: ${1##*: }" ;;
  esac
}
