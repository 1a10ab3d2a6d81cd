// The parts of which log vectors are made: a small proper log, and ways to change any part of it. From SPEC §9.
import { LogWriter, Signer, encode, fields, keyIdOf, rootOf, sha256, treeRoot } from './write.ts';
import { MARKED, UNMARKED, programWith } from './schema.ts';
import type { Item, Wrong } from './write.ts';

export type Files = Record<string, string>;

/** What is given to the verifier besides the log, if not the seed alone. */
export interface Given {
  seed?: Buffer | null;
  vkey?: string;
  /** A checkpoint from outside. */
  checkpoint?: Buffer;
  /** Replayed, with these digests trusted. */
  trusted?: Buffer[];
  /** A trust set from outside: a JWK Set. */
  issuers?: { keys: Record<string, unknown>[] };
}

export type Row = [name: string, seq: number | null, why: string, files: Files, given?: Given];

export const SEED = Buffer.from(Array.from({ length: 32 }, (_, i) => i));
export const ORIGIN = 'plumbline/vector';
export const LOG_NUMBER = 3;
export const KEY_ID = keyIdOf(SEED, LOG_NUMBER);
export const SIGNER = new Signer(Buffer.alloc(32, 0x51), 'plumbline/signer');
export const TIME_MS = 1_760_000_000_000;
export const SEGMENT = '00000000.cborseq';
export const SECOND = '00000001.cborseq';

export const ENGINE = Buffer.from('an engine');
export const PROGRAM = programWith(MARKED);
export const SOURCE = Buffer.from('permit(principal, action, resource);');
// As SPEC §6.5 has them: the initial one, after an allow, after a block by level 0.
export const STATES = [
  'ac00000100020003800480050006800780088009830000000a000b80',
  'ac00010101020003800480050006800780088009830000000a000b80',
  'ac0002010202010380048101050006800780088009830000000a000b80',
].map((hex) => Buffer.from(hex, 'hex'));
/** The digest of a layer set: of none, and of these layers. */
export const layerSet = (...layers: Uint8Array[]) => sha256(encode(layers.map(sha256)));
export const NO_LAYERS = layerSet();
export const blobs = (...contents: Buffer[]) =>
  Object.fromEntries(contents.map((bytes) => [`blobs/${sha256(bytes).toString('hex')}`, bytes.toString('hex')]));
export const BLOBS = blobs(ENGINE, PROGRAM, SOURCE);

// Each part takes changes: a field to replace, or `undefined` to leave it out.
export type Changes = Record<number, Item | undefined>;
export const changed = (base: Record<number, Item>, changes: Changes) =>
  fields(
    Object.fromEntries(Object.entries({ ...base, ...changes }).filter((entry) => entry[1] !== undefined)) as Record<
      number,
      Item
    >,
  );

export const header = (changes: Changes = {}) =>
  changed(
    {
      0: 'plumbline/2',
      1: ORIGIN,
      2: 0,
      3: 0,
      4: Buffer.alloc(0),
      5: [0, treeRoot([])],
      6: sha256(ENGINE),
      7: sha256(PROGRAM),
      8: STATES[0]!,
      9: [SIGNER.vkey],
      10: TIME_MS,
      11: 'write',
      12: [],
      13: [sha256(SOURCE)],
      14: LOG_NUMBER,
      15: null,
      16: KEY_ID,
    },
    changes,
  );

export const allow = (changes: Changes = {}) =>
  changed(
    {
      0: 0,
      1: 0,
      2: null,
      3: [],
      4: ['p'],
      5: [],
      6: [],
      7: [],
      8: [true, ['p'], []],
      9: sha256(PROGRAM),
      10: NO_LAYERS,
      11: 1,
      12: null,
    },
    changes,
  );
/** Nothing was read, by the version after this decision. */
export const block = (version: number) => allow({ 0: 6, 1: 5, 2: 0, 4: [], 8: null, 11: version });
/** A forbid of level 0. */
export const forbid = (changes: Changes = {}) =>
  allow({ 0: 6, 1: 2, 2: 0, 4: ['f'], 8: [false, ['f'], []], ...changes });

export const entity = (type: string, id: string) => fields({ 0: type, 1: id });
/** A request of the right shape; what it asks for is for no check here to see. */
export const request = (
  authority: Uint8Array = NO_LAYERS,
  context: Item = new Map<Item, Item>(),
  time: Item = TIME_MS,
) =>
  fields({
    0: entity('Agent', 'p'),
    1: entity('Action', 'a'),
    2: entity('File', '/r'),
    3: context,
    4: authority,
    5: time,
  });
/** The same, at another time. */
export const requestAt = (time: Item) => encode(request(NO_LAYERS, new Map(), time));

export const decided = (changes: Changes = {}) =>
  changed({ 0: encode(request()), 1: encode(allow()), 2: 'test', 3: TIME_MS, 4: sha256(STATES[1]!) }, changes);
export const second = (changes: Changes = {}) =>
  decided({ 1: encode(forbid({ 11: 2 })), 4: sha256(STATES[2]!), ...changes });

export const close = (changes: Changes = {}) =>
  changed({ 0: 'done', 1: 3, 2: sha256(STATES[2]!), 3: TIME_MS }, changes);

/** The records of a proper log: header, two decisions, close; `at` replaces how the i-th is written. */
export function records(at: Record<number, (log: LogWriter) => void> = {}, origin = ORIGIN): Buffer[] {
  const log = new LogWriter(SEED, origin, LOG_NUMBER);
  const proper: ((log: LogWriter) => void)[] = [
    (one) => one.add(0, header({ 1: origin })),
    (one) => one.add(1, decided()),
    (one) => one.add(1, second()),
    (one) => one.add(8, close()),
  ];
  for (const [index, write] of proper.entries()) (at[index] ?? write)(log);
  return log.records;
}

export const with0 = (body: Item, wrong?: Wrong) => records({ 0: (log) => log.add(0, body, wrong) });
export const with1 = (body: Item, wrong?: Wrong) => records({ 1: (log) => log.add(1, body, wrong) });
export const with3 = (body: Item) => records({ 3: (log) => log.add(8, body) });
export const payload1 = (payload: Buffer) => records({ 1: (log) => log.payload(payload) });
export const segment = (parts: Uint8Array[]) => ({ [SEGMENT]: Buffer.concat(parts).toString('hex') });

// Two segments of one log: header, decision | header, decision, close.
export function twoSegments(changes: Changes = {}): [Buffer[], Buffer[]] {
  const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
  log.add(0, header());
  log.add(1, decided());
  log.add(0, header({ 2: 1, 3: 2, 4: log.previous, 5: [2, rootOf(log.records)], 8: STATES[1]!, ...changes }));
  log.add(1, second());
  log.add(8, close({ 1: 4 }));
  return [log.records.slice(0, 2), log.records.slice(2)];
}
export const segments = ([first, next]: [Buffer[], Buffer[]]) => ({
  ...segment(first),
  [SECOND]: Buffer.concat(next).toString('hex'),
});

export const flip = (bytes: Buffer, at: number) => {
  const copy = Buffer.from(bytes);
  copy[at < 0 ? copy.length + at : at]! ^= 1;
  return copy;
};
export const proper = records();
export const [h, d1, d2, c] = proper as [Buffer, Buffer, Buffer, Buffer];
export const whole = Buffer.concat(proper);
/** A decision of another log under the same seed. */
export const spliced = records({}, 'plumbline/other')[1]!;

/** The checkpoint of these records. */
export const checkpoint = (
  parts: Uint8Array[],
  { size = parts.length, root = rootOf(parts), origin = ORIGIN, signer = SIGNER } = {},
) => signer.checkpoint(origin, size, root);
export const hex = (files: Record<string, Uint8Array>): Files =>
  Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString('hex')]));
/** The files of a log of one segment, sealed if it is closed. */
export const sealed = (parts: Uint8Array[]): Files => ({
  ...segment(parts),
  ...hex({ checkpoint: checkpoint(parts) }),
  ...BLOBS,
});

/** The records of the proper log as if the seed were another one. */
export function recordsUnder(seed: Buffer): Buffer[] {
  const log = new LogWriter(seed, ORIGIN, LOG_NUMBER);
  log.add(0, header());
  log.add(1, decided());
  log.add(1, second());
  log.add(8, close());
  return log.records;
}

export const outcome = (changes: Changes = {}) =>
  changed(
    {
      0: 1,
      1: TIME_MS,
      2: [0, 0],
      3: [12, 345],
      4: [
        ['stderr', sha256(Buffer.of())],
        ['stdout', sha256(Buffer.of(1))],
      ],
      5: null,
      6: null,
      7: [Buffer.alloc(16, 1), Buffer.alloc(16, 2)],
      8: 'test',
    },
    changes,
  );
export const refusal = (changes: Changes = {}) =>
  changed(
    {
      0: 'guard',
      1: 'key',
      2: 'openat',
      3: '/keys/signing',
      4: 2,
      5: NO_LAYERS,
      6: TIME_MS,
      7: TIME_MS,
      8: 'test',
    },
    changes,
  );
export const adapter = (changes: Changes = {}) =>
  changed({ 0: 'test', 1: 'hook', 2: ['tree', 'network'], 3: TIME_MS }, changes);
/** Labels that came back, unless it is another event. */
export const noted = (event: Item = [2, ['secret']], changes: Changes = {}) =>
  changed(
    { 0: event instanceof Uint8Array ? event : encode(event), 1: TIME_MS, 2: sha256(STATES[2]!), 3: 'alice' },
    changes,
  );
/** Header, decision, a record of this type, close; `state`: after it. */
export const withRecord = (type: number, body: Item, state = STATES[1]!, end = TIME_MS) =>
  records({
    2: (log) => log.add(type, body),
    3: (log) => log.add(8, close({ 2: sha256(state), 3: end })),
  });

/** A program that marks nothing. */
export const OPEN = programWith(UNMARKED);
/** The proper log under that program; `first`: its first decision. */
export function openLog(first: Item): Files {
  const of = (decision: Map<Item, Item>) => encode(new Map([...decision, [9, sha256(OPEN)]]));
  const parts = records({
    0: (log) => log.add(0, header({ 7: sha256(OPEN) })),
    1: (log) => log.add(1, first),
    2: (log) => log.add(1, second({ 1: of(forbid({ 11: 2 })) })),
  });
  return { ...sealed(parts), ...blobs(OPEN) };
}
