// Owns: SHA-256 and HMAC-SHA256 by the runtime's own crypto, for single hashes, and for all where it is faster (Bun).
import { createHash, createHmac, hash as hashOnce } from 'node:crypto';

/** Of all parts together. */
export function sha256(...parts: Uint8Array[]): Uint8Array {
  // In one call, where there is one part: a third of the time for a few bytes.
  if (parts.length === 1) return hashOnce('sha256', parts[0]!, 'buffer');
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

export async function sha256OfChunks(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest();
}

export function macUnder(key: Uint8Array): (parts: Uint8Array[]) => Uint8Array {
  return (parts) => {
    const mac = createHmac('sha256', key);
    for (const part of parts) mac.update(part);
    return mac.digest();
  };
}
