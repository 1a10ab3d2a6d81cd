// Owns: verifying a segment in the place of that of the vectors' short log, the blobs beside it, and the payloads of
// its records.
import type { VerifyReport } from '../../verifier/index.ts';
import { SEED, checkpoint, proper } from '../vectors/log/parts.ts';
import { verifyInMemory } from './log-directory.ts';
import { FILES } from './sample-log.ts';

export const BLOBS = Object.fromEntries(Object.entries(FILES).filter(([name]) => name.startsWith('blobs/')));

/** A segment alone, with blobs and a checkpoint of the records of `proper` if it is to be sealed. */
export function verifySegment(segment: Uint8Array, isSealed = false): Promise<VerifyReport> {
  const sealing = isSealed ? { checkpoint: checkpoint(proper) } : {};
  return verifyInMemory({ ...BLOBS, ...sealing, '00000000.cborseq': segment }, { seed: SEED });
}

export function payloadOf(record: Buffer): Buffer {
  return record.subarray(record[11] === 0x59 ? 14 : 13, -34);
}
