// Writes the log vectors beside it: `node test/vectors/log/make.ts`. One failure each, from SPEC §9; no engine is
// needed. A vector: {name, expect: status of SPEC §9.8, seq: where the fault is, or null, why, seed: hex or null,
// files: {name: hex}}, and where they are given {vkey: text, checkpoint: hex, trusted: [SHA-256 in hex], with which it
// is replayed, issuers: JWK Set}.
import { writeFileSync } from 'node:fs';
import * as attacks from './attacks.ts';
import * as authority from './authority.ts';
import * as decisions from './decisions.ts';
import * as records from './records.ts';
import * as shapes from './shapes.ts';
import * as short from './short.ts';
import { SEED } from './parts.ts';
import type { Row } from './parts.ts';

export interface Vector {
  name: string;
  expect: string;
  seq: number | null;
  why: string;
  seed: string | null;
  vkey?: string;
  checkpoint?: string;
  trusted?: string[];
  issuers?: { keys: Record<string, unknown>[] };
  files: Record<string, string>;
}

const of = (expect: string, rows: Row[]): Vector[] =>
  rows.map(([name, seq, why, files, { seed = SEED, vkey, checkpoint, trusted, issuers } = {}]) => ({
    name,
    expect,
    seq,
    why,
    seed: seed === null ? null : seed.toString('hex'),
    ...(vkey !== undefined && { vkey }),
    ...(checkpoint && { checkpoint: checkpoint.toString('hex') }),
    ...(trusted && { trusted: trusted.map((digest) => digest.toString('hex')) }),
    ...(issuers && { issuers }),
    files,
  }));

const passing = ({
  AUTHENTICATED,
  UNSEALED,
  UNAUTHENTICATED,
  NOT_REPLAYED,
}: typeof records | typeof shapes | typeof decisions | typeof short | typeof attacks | typeof authority) => [
  ...of('authenticated', AUTHENTICATED),
  ...of('unsealed', UNSEALED),
  ...of('unauthenticated', UNAUTHENTICATED),
  ...of('not-replayed', NOT_REPLAYED),
];

/** File name → its vectors: of records, and of whole logs. */
export const VECTORS: Record<string, Vector[]> = {
  'passing.json': passing(records),
  'malformed.json': of('malformed', records.MALFORMED),
  'tampered.json': of('tampered', records.TAMPERED),
  'shapes-passing.json': passing(shapes),
  'shapes-malformed.json': of('malformed', shapes.MALFORMED),
  'decisions-passing.json': passing(decisions),
  'decisions-malformed.json': of('malformed', decisions.MALFORMED),
  'decisions-tampered.json': of('tampered', decisions.TAMPERED),
  'short-passing.json': passing(short),
  'short-malformed.json': of('malformed', short.MALFORMED),
  'short-tampered.json': of('tampered', short.TAMPERED),
  'log-passing.json': passing(attacks),
  'log-malformed.json': of('malformed', attacks.MALFORMED),
  'log-tampered.json': of('tampered', attacks.TAMPERED),
  'log-other-key.json': of('other-key', attacks.OTHER_KEY),
  'authority-passing.json': passing(authority),
  'authority-malformed.json': of('malformed', authority.MALFORMED),
  'authority-tampered.json': of('tampered', authority.TAMPERED),
};

export const text = (vectors: Vector[]) => `${JSON.stringify(vectors, null, 1)}\n`;

if (import.meta.main) {
  for (const [name, vectors] of Object.entries(VECTORS)) {
    writeFileSync(new URL(name, import.meta.url), text(vectors));
  }
}
