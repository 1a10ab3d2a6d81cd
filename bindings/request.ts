// Owns: the form in which callers state requests, and its encoding to the bytes of SPEC §3.
// Trusts: nothing of a request: what cannot be encoded exactly is a problem, named with its place.
// Excludes: judging. Names, types and attributes are checked by the engine alone.

import { createHash } from 'node:crypto';
import { CborWriter } from './cbor-writer.ts';
import { REQUEST_BYTES_MAX } from './engine.ts';
import { isObject } from './is-object.ts';
import { parseExtension } from '../engine/compiler/extension.ts';
import { encodeValue } from '../engine/compiler/value.ts';

/** SPEC §7: the digest of no layers, SHA-256 of the empty array. */
export const AUTHORITY_NONE = createHash('sha256').update(Uint8Array.of(0x80)).digest();

export interface EntityUid {
  type: string;
  id: string;
}

/**
 * An entity that is encoded already; made by `internEntity`. It stands wherever a request has `{type, id}`, and the
 * request's bytes are the same. Frozen, so that its names remain those of its bytes.
 */
export class EntityHandle implements EntityUid {
  readonly type: string;
  readonly id: string;
  readonly #bytes: Uint8Array;

  /** Use `internEntity`; it says what is thrown. */
  constructor(uid: EntityUid) {
    // Read once: names and bytes are of the same moment.
    const read = { ...uid };
    this.#bytes = encodeAlone((writer) => {
      const problem = writeUid(writer, read);
      if (problem !== undefined) throw new TypeError(sentence(problem));
    });
    this.type = read.type;
    this.id = read.id;
    Object.freeze(this);
  }

  /** @throws {TypeError} on what has this prototype and is no handle */
  write(writer: CborWriter): void {
    writer.raw(this.#bytes);
  }
}

/**
 * Encodes an entity once, for a host whose requests name it again and again, as adapters do the agent and the action: a
 * request with both interned is encoded in 160 ns, not 210 (Node 26, bench/decide's requests). JSON has no form for a
 * handle: it turns into `{type, id}` there.
 * @throws {TypeError} unless `uid` is `{type, id}`, both Unicode text; {RangeError} if it is larger than a request
 */
export const internEntity = (uid: EntityUid): EntityHandle => new EntityHandle(uid);

/** A Cedar value. Integers are i64: a number must be safe, anything beyond is a bigint. Arrays are sets. */
export type Value =
  | boolean
  | number
  | bigint
  | string
  | readonly Value[]
  | { __entity: EntityUid }
  | { __extn: { fn: string; arg: string } }
  | { readonly [name: string]: Value };

/** An entity of the store, as in Cedar's JSON. */
export interface Entity {
  uid: EntityUid | { __entity: EntityUid };
  attrs: { readonly [name: string]: Value };
  parents: readonly (EntityUid | { __entity: EntityUid })[];
  tags?: { readonly [name: string]: Value };
}

/**
 * What an agent wants to do. `action` as text is the id of an entity of type `Action`. `ref` says where it came from.
 * Entities that come again and again are cheaper as handles (`internEntity`).
 */
export interface Request {
  principal: EntityUid;
  action: string | EntityUid;
  resource: EntityUid;
  context?: { readonly [name: string]: Value };
  entities?: readonly Entity[];
  ref?: string;
}

/**
 * What the mediator adds to a request: the layer-set digest it is judged under, the time, and whether it belongs to a
 * use that was counted.
 */
export interface Stamp {
  authority: Uint8Array;
  timeMs: number;
  continued?: true;
}

/** A stamp whose keys 4 and 5 are encoded. */
export interface EncodedStamp {
  bytes: Uint8Array;
  continued: boolean;
}

/** Why a request cannot be encoded: `message` names the place and what should be there. */
export interface Refusal {
  code: 'malformed-request';
  message: string;
}

/** Where something is and what is wrong with it: `.foo[2]: must be …`. `undefined` if nothing is. */
type Problem = string | undefined;

/** The engine checks the depth of SPEC §1; this bound keeps the recursion here finite. */
const DEPTH_MAX = 64;
const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;

export const refuse = (message: string): Refusal => ({ code: 'malformed-request', message });

export const isRefusal = (value: object): value is Refusal => 'code' in value && 'message' in value;

/** The request's, or the transaction's, canonical bytes. */
export function encodeRequest(request: Request | readonly Request[], stamp: Stamp): Uint8Array | Refusal {
  const writer = new CborWriter(new Uint8Array(REQUEST_BYTES_MAX));
  return writeRequest(writer, request, stamp) ?? writer.written();
}

/** Bytes of their own: a copy of what `write` writes. @throws {RangeError} beyond a request's size */
function encodeAlone(write: (writer: CborWriter) => void): Uint8Array {
  const writer = new CborWriter(new Uint8Array(REQUEST_BYTES_MAX));
  write(writer);
  return writer.written().slice();
}

/** Encodes a stamp (keys 4 and 5 of SPEC §3) once, for a host that uses it more than once. */
export const encodeStamp = (stamp: Stamp): EncodedStamp => ({
  bytes: encodeAlone((writer) => writeStamp(writer, stamp)),
  continued: stamp.continued === true,
});

/**
 * Writes the request's, or the transaction's, canonical bytes from the start of `writer`; returns why it cannot.
 * `stamp`: one that is encoded saves 35 ns of 245.
 */
export function writeRequest(
  writer: CborWriter,
  request: Request | readonly Request[],
  stamp: Stamp | EncodedStamp,
): Refusal | undefined {
  writer.position = 0;
  const problem = Array.isArray(request)
    ? writeAll(writer, request, stamp)
    : writeOne(writer, request as Request, stamp);
  if (problem !== undefined) return refuse(sentence(problem));
  return writer.overflowed ? refuse(`a request has at most ${REQUEST_BYTES_MAX} bytes`) : undefined;
}

function writeAll(writer: CborWriter, requests: readonly Request[], stamp: Stamp | EncodedStamp): Problem {
  writer.array(requests.length);
  for (const [index, request] of requests.entries()) {
    const problem = writeOne(writer, request, stamp);
    if (problem !== undefined) return `[${index}]${problem}`;
  }
  return undefined;
}

function writeOne(writer: CborWriter, request: Request, stamp: Stamp | EncodedStamp): Problem {
  if (!isObject(request)) return ': must be a request';
  for (const name in request) if (!isRequestField(name)) return unknownField(name, 'a request', REQUEST_FIELDS);
  const { principal, action, resource, context, entities, ref } = request;
  if (ref !== undefined && typeof ref !== 'string') return '.ref: must be text';
  if (entities !== undefined && !Array.isArray(entities)) return '.entities: must be an array of entities';
  const stored = entities !== undefined && entities.length > 0;

  const continued = stamp.continued === true;
  writer.map(6 + (stored ? 1 : 0) + (continued ? 1 : 0));
  const problem =
    under('.principal', writeUid(writer.key(0), principal)) ??
    under(
      '.action',
      typeof action === 'string' ? writeNames(writer.key(1), 'Action', action) : writeUid(writer.key(1), action),
    ) ??
    under('.resource', writeUid(writer.key(2), resource)) ??
    under('.context', writeRecord(writer.key(3), context === undefined ? NOTHING : context, 0));
  if (problem !== undefined) return problem;
  if ('bytes' in stamp) writer.raw(stamp.bytes);
  else writeStamp(writer, stamp);
  const fault = stored ? under('.entities', writeEntities(writer.key(6), entities)) : undefined;
  if (continued) writer.key(7).bool(true);
  return fault;
}

function writeStamp(writer: CborWriter, { authority, timeMs }: Stamp): void {
  writer.key(4).bytes(authority);
  writer.key(5).int(timeMs);
}

const REQUEST_FIELDS = ['principal', 'action', 'resource', 'context', 'entities', 'ref'];
const ENTITY_FIELDS = ['uid', 'attrs', 'parents', 'tags'];
const UID_FIELDS = ['type', 'id'];
const NOTHING = {};

// Names are compared one by one, here and below: a `Set` takes 20 ns more of a request's 285.
const isRequestField = (name: string): boolean =>
  name === 'principal' ||
  name === 'action' ||
  name === 'resource' ||
  name === 'context' ||
  name === 'entities' ||
  name === 'ref';

const unknownField = (name: string, what: string, known: readonly string[]): Problem =>
  `${place(name)}: unknown; ${what} has ${known.join(', ')}`;

function writeEntities(writer: CborWriter, entities: readonly Entity[]): Problem {
  const uids = new Set<string>();
  return writeSet(writer, entities, 1, (entity) => {
    const problem = writeEntity(writer, entity);
    if (problem !== undefined) return problem;
    const { type, id } = plainUid(entity.uid);
    const uid = JSON.stringify([type, id]);
    if (uids.has(uid)) return '.uid: given twice';
    uids.add(uid);
    return undefined;
  });
}

function writeEntity(writer: CborWriter, entity: Entity): Problem {
  if (!isObject(entity)) return ': must be an entity';
  for (const name in entity) {
    if (!ENTITY_FIELDS.includes(name)) return unknownField(name, 'an entity of the store', ENTITY_FIELDS);
  }
  const { uid, attrs, parents, tags } = entity;
  if (!Array.isArray(parents)) return '.parents: must be an array of entities';
  if (tags !== undefined && !isObject(tags)) return '.tags: must be an object';
  const tagged = tags !== undefined && Object.keys(tags).length > 0;
  writer.array(tagged ? 4 : 3);
  return (
    under('.uid', writeUid(writer, plainUid(uid))) ??
    under(
      '.parents',
      writeSet(writer, parents, 0, (parent) => writeUid(writer, plainUid(parent))),
    ) ??
    under('.attrs', writeRecord(writer, attrs, 0)) ??
    (tagged ? under('.tags', writeRecord(writer, tags, 0)) : undefined)
  );
}

/** Cedar's JSON wraps an entity in `__entity` wherever it could be a record, and allows it where it could not. */
const plainUid = (uid: EntityUid | { __entity: EntityUid }): EntityUid =>
  isObject(uid) && '__entity' in uid && Object.keys(uid).length === 1
    ? (uid['__entity'] as EntityUid)
    : (uid as EntityUid);

function writeUid(writer: CborWriter, uid: EntityUid): Problem {
  if (!isObject(uid)) return ': must be an entity, {"type", "id"}';
  if (uid instanceof EntityHandle) {
    uid.write(writer);
    return undefined;
  }
  for (const name in uid) if (name !== 'type' && name !== 'id') return unknownField(name, 'an entity', UID_FIELDS);
  return writeNames(writer, uid.type, uid.id);
}

function writeNames(writer: CborWriter, type: string, id: string): Problem {
  writer.map(2);
  return under('.type', writeText(writer.key(0), type)) ?? under('.id', writeText(writer.key(1), id));
}

function writeText(writer: CborWriter, text: string): Problem {
  if (typeof text !== 'string') return ': must be text';
  return writer.text(text) ? undefined : ': must be Unicode text; it has a lone surrogate';
}

function writeValue(writer: CborWriter, value: Value, depth: number): Problem {
  switch (typeof value) {
    case 'boolean':
      writer.bool(value);
      return undefined;
    case 'string':
      return writeText(writer, value);
    case 'number':
      if (!Number.isSafeInteger(value)) return ': must be an integer; beyond 2^53 a bigint';
      writer.int(value);
      return undefined;
    case 'bigint':
      if (value < I64_MIN || value > I64_MAX) return ': must be an integer of 64 bits';
      writer.int(value);
      return undefined;
    default:
  }
  if (depth === DEPTH_MAX) return `: nested more than ${DEPTH_MAX} deep`;
  if (Array.isArray(value)) return writeSet(writer, value, 0, (item: Value) => writeValue(writer, item, depth + 1));
  if (!isObject(value)) return ': must be true, false, an integer, text, an array or an object';
  if ('__entity' in value && Object.keys(value).length === 1) {
    return under('.__entity', writeUid(writer, value['__entity'] as EntityUid));
  }
  if ('__extn' in value && Object.keys(value).length === 1) {
    return under('.__extn', writeExtension(writer, value['__extn'] as { fn: string; arg: string }));
  }
  return writeRecord(writer, value as { readonly [name: string]: Value }, depth + 1);
}

function writeRecord(writer: CborWriter, record: { readonly [name: string]: Value }, depth: number): Problem {
  if (!isObject(record)) return ': must be an object';
  const names = Object.keys(record);
  if (names.length === 0 && !isPlain(record)) return ': must be a plain object';
  // For ASCII names this is the canonical order already, so that `order` finds nothing to move.
  if (names.length > 1) names.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  const head = writer.position;
  writer.map(names.length);
  // One name is in order already: nothing to note (20 ns).
  const starts: number[] | undefined = names.length > 1 ? [] : undefined;
  for (const name of names) {
    if (isEscape(name)) return `${place(name)}: stands for a value of its own, not for an attribute`;
    starts?.push(writer.position);
    const problem = writeText(writer, name) ?? writeValue(writer, record[name]!, depth);
    if (problem !== undefined) return `${place(name)}${problem}`;
  }
  if (starts !== undefined) writer.order(head, starts);
  return undefined;
}

/** Cedar's JSON for values that JSON has no form for. `__expr` is long gone from Cedar and refused like it there. */
const isEscape = (name: string): boolean => name === '__entity' || name === '__extn' || name === '__expr';

function writeExtension(writer: CborWriter, call: { fn: string; arg: string }): Problem {
  if (
    !isObject(call) ||
    typeof call.fn !== 'string' ||
    typeof call.arg !== 'string' ||
    Object.keys(call).length !== 2
  ) {
    return ': must be {"fn", "arg"}, both text';
  }
  const value = parseExtension(call.fn, call.arg);
  if (value === undefined) return `: ${JSON.stringify(call.arg)} is no ${call.fn}`;
  writer.raw(encodeValue(value));
  return undefined;
}

/** A set: each item once, in canonical order, which is that of their bytes from `skip` on. */
function writeSet<T>(writer: CborWriter, list: readonly T[], skip: number, write: (item: T) => Problem): Problem {
  const head = writer.position;
  writer.array(list.length);
  const starts: number[] = [];
  for (const [index, item] of list.entries()) {
    starts.push(writer.position);
    const problem = write(item);
    if (problem !== undefined) return `[${index}]${problem}`;
  }
  writer.order(head, starts, skip);
  return undefined;
}

/** A problem as a message begins: without what would part it from the place before it. */
const sentence = (problem: string): string => problem.replace(/^(\.|: )/, '');

const under = (outer: string, problem: Problem): Problem => (problem === undefined ? undefined : outer + problem);

const place = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`);

/** Dates, Maps and the like hold what is no property of theirs; they are not an empty record. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
