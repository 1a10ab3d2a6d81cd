// Owns: that flipped bits of the sample log are refused, by each kind of anchor.

import { expect } from 'vitest';
import { verifyInMemory } from './log-directory.ts';
import { BY_CHECKPOINT, BY_SEED, FILES } from './sample-log.ts';

export const ANCHORS = [
  ['with the seed', BY_SEED],
  ['with only the public key and a published checkpoint', BY_CHECKPOINT],
] as const;

/** Verifies the log once for each of `bits` of the file `name`, with that bit flipped. */
export async function expectFlipsRefused(
  name: string,
  anchors: (typeof ANCHORS)[number][1],
  bits: Iterable<number>,
): Promise<void> {
  for (const bit of bits) {
    const flipped = Buffer.from(FILES[name]!);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    const { status, authenticated } = await verifyInMemory({ ...FILES, [name]: flipped }, anchors);
    expect(['tampered', 'malformed'], `bit ${bit} of ${name}`).toContain(status);
    expect(authenticated).toBe(0);
  }
}
