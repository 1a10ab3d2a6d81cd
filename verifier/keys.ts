// Keys of a log: SPEC §9.2. The seed comes from outside; the origin is whatever the log says, and a false one gives a false key.
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** mac(0) of the log with this origin. `seed`: 32 bytes. */
export function macKey(seed: Uint8Array, origin: string): Uint8Array {
  const epochKey = hkdf(sha256, seed, ascii(origin), ascii('plumbline/1 epoch'), 32);
  return hkdf(sha256, epochKey, undefined, ascii('plumbline/1 mac'), 32);
}

/** HMAC-SHA256 under one key, which is absorbed only once. */
export function macUnder(key: Uint8Array): (parts: Uint8Array[]) => Uint8Array {
  const keyed = hmac.create(sha256, key);
  return (parts) => {
    const mac = keyed.clone();
    for (const part of parts) mac.update(part);
    return mac.digest();
  };
}

/** The 32 bytes in the text of a seed file, or undefined if it is not one. */
export function parseSeedFile(text: string): Uint8Array | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  const [, hex] = /^plumbline-seed-1 ([0-9a-fA-F]{64})$/.exec(lines.length === 1 ? lines[0]! : '') ?? [];
  if (hex === undefined) return undefined;
  return Uint8Array.from({ length: 32 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

export function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
