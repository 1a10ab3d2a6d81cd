// Owns: the bodies of outcome, refusal and adapter records (SPEC §9.1).
// Trusts: its caller for what is in them: texts that fit, and digests of their length.

import { hash } from 'node:crypto';
import type { CborWriter } from '../cbor-writer.ts';
import type { CountedRefusal } from './refusals.ts';

/** What came of a call that was decided. */
export interface OutcomeEntry {
  /** The sequence number of its decision. */
  decision: number;
  timeMs: number;
  ending: Ending | null;
  bytes: { in: number; out: number } | null;
  /** SHA-256 of named parts of the result. */
  parts: Readonly<Record<string, Uint8Array>>;
  /** An event that `note` took, and the state after it. */
  noted: { event: Uint8Array; state: Uint8Array } | null;
  /** Digests of values that the result held: 16 bytes each, ascending. */
  values: readonly Uint8Array[];
  adapter: string;
}

/** How a call ended: with a status, by a signal, or not as it should have. */
export type Ending = { status: number } | { signal: number } | 'failed';

export const STRENGTHS = ['hook', 'proxy', 'kernel'] as const;

/** The adapter that states facts and carries decisions out from here on. */
export interface AdapterEntry {
  adapter: string;
  strength: (typeof STRENGTHS)[number];
  /** Codes of what it cannot hold here, each once. */
  losses: readonly string[];
  timeMs: number;
}

export function writeOutcome(body: CborWriter, entry: OutcomeEntry): void {
  const { bytes, noted } = entry;
  body.map(9);
  body.key(0).int(entry.decision);
  body.key(1).int(entry.timeMs);
  writeEnding(body.key(2), entry.ending);
  body.key(3);
  if (bytes === null) body.null();
  else {
    body.array(2);
    body.int(bytes.in);
    body.int(bytes.out);
  }
  body.key(4);
  writeItems(body, Object.entries(entry.parts), ([name, digest]) => {
    body.array(2);
    body.text(name);
    body.bytes(digest);
  });
  if (noted === null) {
    body.key(5).null();
    body.key(6).null();
  } else {
    body.key(5).bytes(noted.event);
    body.key(6).bytes(hash('sha256', noted.state, 'buffer'));
  }
  body.key(7).array(entry.values.length);
  for (const value of entry.values) body.bytes(value);
  body.key(8).text(entry.adapter);
}

function writeEnding(body: CborWriter, ending: Ending | null): void {
  if (ending === null) return body.null();
  body.array(2);
  body.int(ending === 'failed' ? 2 : 'signal' in ending ? 1 : 0);
  body.int(ending === 'failed' ? 0 : 'signal' in ending ? ending.signal : ending.status);
}

export function writeRefusal(body: CborWriter, refusal: CountedRefusal, adapter: string): void {
  body.map(9);
  body.key(0).text(refusal.by);
  body.key(1).text(refusal.cause);
  body.key(2).text(refusal.call);
  if (refusal.object === null) body.key(3).null();
  else body.key(3).text(refusal.object);
  body.key(4).int(refusal.count);
  body.key(5).bytes(refusal.authority);
  body.key(6).int(refusal.firstMs);
  body.key(7).int(refusal.timeMs);
  body.key(8).text(adapter);
}

export function writeAdapter(body: CborWriter, { adapter, strength, losses, timeMs }: AdapterEntry): void {
  body.map(4);
  body.key(0).text(adapter);
  body.key(1).text(strength);
  writeItems(body.key(2), losses, (loss) => body.text(loss));
  body.key(3).int(timeMs);
}

/** An array, its items ascending by their bytes. */
function writeItems<T>(body: CborWriter, items: readonly T[], write: (item: T) => void): void {
  const head = body.position;
  body.array(items.length);
  body.order(
    head,
    items.map((item) => {
      const start = body.position;
      write(item);
      return start;
    }),
  );
}
