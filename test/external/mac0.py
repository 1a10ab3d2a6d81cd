# Owns: verifying records with pycose, which shares nothing with this project. Call: python3 mac0.py
# Reads lines {"record", "key", "previous"} in hex, and prints `verified N`; the first that does not verify is an error.

import json
import sys

from pycose.keys import SymmetricKey
from pycose.messages import CoseMessage, Mac0Message

count = 0
for line in sys.stdin:
    fields = {name: bytes.fromhex(value) for name, value in json.loads(line).items()}
    message = CoseMessage.decode(fields["record"])
    if not isinstance(message, Mac0Message):
        sys.exit(f"record {count} is not a COSE_Mac0")
    message.key = SymmetricKey(k=fields["key"])
    message.external_aad = fields["previous"]
    if not message.verify_tag():
        sys.exit(f"record {count} does not verify")
    count += 1
print(f"verified {count}")
