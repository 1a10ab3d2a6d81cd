// A log for the stand-in engine, with whatever is to be wrong about it.
import { LogWriter, Signer, encode, fields, keyIdOf, rootOf, sha256, treeRoot } from '../vectors/log/write.ts';
import type { Item } from '../vectors/log/write.ts';
import { MARKED } from '../vectors/log/schema.ts';
import { layerOf, programOf } from '../vectors/grant/layer.ts';
import { NOW_MS, Person, chainOf } from '../vectors/grant/write.ts';
import { standInEngine } from './stand-in-engine.ts';

export const SEED = Buffer.alloc(32, 5);
export const PROGRAM = programOf(MARKED);
export const STATE = Buffer.from('ac00000100020003800480050006800780088009830000000a000b80', 'hex');
/** It says no-state, so that no state counts it and any layers may be loaded. */
export const DECISION = encode(
  fields({
    0: 6,
    1: 17,
    2: 0,
    3: [],
    4: [],
    5: [],
    6: [],
    7: [],
    8: null,
    9: sha256(PROGRAM),
    10: sha256(Buffer.of(0x80)),
    11: 0,
    12: null,
  }),
);
/** The last byte of the digest of the layers. */
export const LAYERS_AT = DECISION.length - 5;
/** The decision when this many layers are loaded. */
export const decisionOf = (layers: number) => Buffer.from(DECISION.with(LAYERS_AT, DECISION[LAYERS_AT]! + layers));
export const OTHER_DECISION = decisionOf(1);
export const ENGINE = await standInEngine(DECISION, LAYERS_AT, STATE);

export const SIGNER = new Signer(Buffer.alloc(32, 6), 'plumbline/replay-signer');
export const OWNER = new Person(1);
const TOKENS = chainOf(Array.from({ length: 3 }, () => ({ issuer: OWNER, delegate: OWNER })));
const TRUST_SET = Buffer.from(JSON.stringify({ keys: [OWNER.jwk] }));
/** The layers of a chain of three grants. */
export const LAYERS = TOKENS.map((token) => layerOf(token, [], {}, MARKED)) as [Buffer, Buffer, Buffer];
export const layerSet = (...layers: Uint8Array[]) => sha256(encode(layers.map(sha256)));
/** A request by this agent, to be judged under these layers. */
const asked = (agent: string, layers: Uint8Array[]) => {
  const [principal, action, resource] = [agent, 'a', 'r'].map((id) => fields({ 0: '', 1: id })) as [Item, Item, Item];
  return encode(fields({ 0: principal, 1: action, 2: resource, 3: fields({}), 4: layerSet(...layers), 5: NOW_MS }));
};
export const under = (...layers: Uint8Array[]) => asked('p', layers);
/** Requests that the stand-in does not come back from, or traps on. */
export const HANGING = asked('\u0001', []);
export const TRAPPING = asked('\u0002', []);
const APPROVAL = encode([0, Buffer.alloc(32), NOW_MS + 1, NOW_MS]);
/** It is the stand-in that refuses it. */
const REVOCATION = encode([1, Buffer.alloc(32)]);

/** A request of which only a commitment is left. */
export const ERASED = encode(fields({ 6: Buffer.alloc(32) }));

export interface Session {
  engine?: Uint8Array;
  layers?: Uint8Array[];
  /** An array makes known the set of its layers. */
  requests?: (Buffer | Buffer[] | 'new epoch' | 'approve' | 'revoke')[];
  /** What is recorded for every request, or for each. */
  decision?: Uint8Array;
  decisions?: Uint8Array[];
  state?: Uint8Array;
  closed?: boolean;
  /** What `blobs/` holds. */
  blobs?: Uint8Array[];
}

export const hex = (bytes: Uint8Array) => sha256(bytes).toString('hex');

/** The files of the session's log: a header, two decisions unless `requests` says otherwise, a close. */
export function replayLogFiles(session: Session): Record<string, Uint8Array> {
  const { engine = ENGINE, layers = [], decision = DECISION, closed = true } = session;
  let { state = STATE } = session;
  const { requests = [under(), under()], blobs = [engine, PROGRAM, ...layers] } = session;
  const authority = layers.length > 0 ? [TRUST_SET, ...LAYERS, ...TOKENS.map((token) => Buffer.from(token))] : [];
  const decisions = [...(session.decisions ?? [])];
  let said = 0;
  const log = new LogWriter(SEED, 'plumbline/replay');
  log.add(
    0,
    fields({
      0: 'plumbline/2',
      1: 'plumbline/replay',
      2: 0,
      3: 0,
      4: Buffer.alloc(0),
      5: [0, treeRoot([])],
      6: sha256(engine),
      7: sha256(PROGRAM),
      8: STATE,
      9: [SIGNER.vkey],
      10: NOW_MS,
      11: 'write',
      12: layers.map(sha256),
      13: layers.length > 0 ? TOKENS.map((token) => sha256(Buffer.from(token))) : [],
      14: 0,
      15: layers.length > 0 ? sha256(TRUST_SET) : null,
      16: keyIdOf(SEED, 0),
    }),
  );
  for (const request of requests) {
    if (request === 'new epoch') {
      log.add(6, fields({ 0: sha256(state), 1: NOW_MS }));
      log.add(5, fields({ 0: state, 1: NOW_MS }));
      continue;
    }
    if (Array.isArray(request)) {
      log.add(
        4,
        fields({ 0: request.map(sha256), 1: TOKENS.map((token) => sha256(Buffer.from(token))), 2: NOW_MS, 3: false }),
      );
      continue;
    }
    if (request === 'approve' || request === 'revoke') {
      state = Buffer.from(state.with(2, ++said));
      const event = request === 'approve' ? APPROVAL : REVOCATION;
      log.add(3, fields({ 0: event, 1: NOW_MS, 2: sha256(state), 3: '' }));
      continue;
    }
    const body: Record<number, Item> = {
      0: request,
      1: decisions.shift() ?? decision,
      2: 'test',
      3: NOW_MS,
      4: sha256(state),
    };
    if (request.equals(ERASED)) body[5] = Buffer.alloc(32);
    log.add(1, fields(body));
  }
  const last = sha256(requests.length > 0 ? state : STATE);
  if (closed) log.add(8, fields({ 0: '', 1: log.records.length, 2: last, 3: NOW_MS }));
  const { records } = log;
  return {
    '00000000.cborseq': Buffer.concat(records),
    ...(closed && { checkpoint: SIGNER.checkpoint('plumbline/replay', records.length, rootOf(records)) }),
    ...Object.fromEntries([...blobs, ...authority].map((bytes) => [`blobs/${hex(bytes)}`, bytes])),
  };
}
