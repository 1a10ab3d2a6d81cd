// A log for the stand-in engine, with whatever is to be wrong about it.
import { LogWriter, Signer, encode, fields, rootOf, sha256, treeRoot } from '../vectors/log/write.ts';
import type { Item } from '../vectors/log/write.ts';
import { standInEngine } from './stand-in-engine.ts';

export const SEED = Buffer.alloc(32, 5);
export const PROGRAM = Buffer.from('a program');
export const STATE = Buffer.from('a9000001000200038004800500068007800880', 'hex');
export const DECISION = encode(
  fields({
    0: 0,
    1: 0,
    2: null,
    3: [],
    4: [],
    5: [],
    6: [],
    7: [],
    8: null,
    9: sha256(PROGRAM),
    10: sha256(Buffer.of(0x80)),
    11: 1,
  }),
);
/** The decision with a last byte (its version) of 2. */
export const OTHER_DECISION = Buffer.concat([DECISION.subarray(0, -1), Buffer.of(2)]);
export const ENGINE = await standInEngine(DECISION, STATE);

export const SIGNER = new Signer(Buffer.alloc(32, 6), 'plumbline/replay-signer');
/** A request of which only a commitment is left. */
export const ERASED = encode(fields({ 6: Buffer.alloc(32) }));

export interface Session {
  engine?: Uint8Array;
  layers?: Uint8Array[];
  requests?: (Buffer | 'new epoch')[];
  /** What is recorded for every request. */
  decision?: Uint8Array;
  state?: Uint8Array;
  closed?: boolean;
  /** What `blobs/` holds. */
  blobs?: Uint8Array[];
}

export const hex = (bytes: Uint8Array) => sha256(bytes).toString('hex');

/** The files of the session's log: a header, two decisions unless `requests` says otherwise, a close. */
export function replayLogFiles(session: Session): Record<string, Uint8Array> {
  const { engine = ENGINE, layers = [], decision = DECISION, state = STATE, closed = true } = session;
  const { requests = [Buffer.of(0xa0), Buffer.of(0xa0)], blobs = [engine, PROGRAM, ...layers] } = session;
  const log = new LogWriter(SEED, 'plumbline/replay');
  log.add(
    0,
    fields({
      0: 'plumbline/1',
      1: 'plumbline/replay',
      2: 0,
      3: 0,
      4: Buffer.alloc(0),
      5: [0, treeRoot([])],
      6: sha256(engine),
      7: sha256(PROGRAM),
      8: STATE,
      9: [SIGNER.vkey],
      10: 0,
      11: 'write',
      12: layers.map(sha256),
      13: [],
      14: 0,
    }),
  );
  for (const request of requests) {
    if (request === 'new epoch') {
      log.add(6, fields({ 0: sha256(state), 1: 0 }));
      log.add(5, fields({ 0: state, 1: 0 }));
      continue;
    }
    const body: Record<number, Item> = { 0: request, 1: decision, 2: '', 3: 0, 4: sha256(state) };
    if (request.equals(ERASED)) body[5] = Buffer.alloc(32);
    log.add(1, fields(body));
  }
  const last = sha256(requests.length > 0 ? state : STATE);
  if (closed) log.add(8, fields({ 0: '', 1: log.records.length, 2: last, 3: 0 }));
  const { records } = log;
  return {
    '00000000.cborseq': Buffer.concat(records),
    ...(closed && { checkpoint: SIGNER.checkpoint('plumbline/replay', records.length, rootOf(records)) }),
    ...Object.fromEntries(blobs.map((bytes) => [`blobs/${hex(bytes)}`, bytes])),
  };
}
