// Owns: SPEC §§2–3: request bytes → requests, or the finding that they are malformed.
// Trusts nothing. Excludes: whether a request fits the schema (validate.ts).

import { compareEncoded, decode, encode, Malformed, numbered, type Item, type MapItem } from './cbor.ts';
import { type StoredEntity } from './hierarchy.ts';
import { entity, identity, isLong, type Entity, type RecordValue, type Value } from './value.ts';

export interface Request {
  principal: Entity;
  action: Entity;
  resource: Entity;
  context: RecordValue;
  authority: Uint8Array;
  time: bigint;
  entities: StoredEntity[];
  continued?: boolean;
}

const REQUEST_BYTES_MAX = 49_152;
const TRANSACTION_REQUESTS_MAX = 16;

function requireThat(condition: boolean): asserts condition {
  if (!condition) throw new Malformed('not the shape of SPEC §3');
}

function ascending(items: Item[]): void {
  requireThat(items.every((item, index) => index === 0 || compareEncoded(items[index - 1]!, item) < 0));
}

function array(item: Item | undefined): Item[] {
  requireThat(Array.isArray(item));
  return item;
}

const isMap = (item: Item | undefined): item is MapItem => typeof item === 'object' && item !== null && 'pairs' in item;

function long(item: Item | undefined): bigint {
  requireThat(typeof item === 'bigint' && isLong(item));
  return item;
}

/** The values of a map whose keys are integers. */
function fields(item: Item | undefined): Map<bigint, Item> {
  requireThat(isMap(item));
  return new Map(
    item.pairs.map(([key, value]) => {
      requireThat(typeof key === 'bigint');
      return [key, value];
    }),
  );
}

function entityFrom(item: Item | undefined): Entity {
  const value = valueFrom(item);
  requireThat(typeof value === 'object' && 'kind' in value && value.kind === 'entity');
  return value;
}

function recordFrom(item: Item | undefined): RecordValue {
  const value = valueFrom(item);
  requireThat(value instanceof Map);
  return value;
}

function ipaddrFrom(bytes: Item): Value {
  requireThat(bytes instanceof Uint8Array && (bytes.length === 5 || bytes.length === 17));
  const bits = bytes.length === 5 ? 32 : 128;
  const prefix = bytes.at(-1)!;
  requireThat(prefix <= bits);
  return { kind: 'ipaddr', bits, address: BigInt(`0x${Buffer.from(bytes.slice(0, -1)).toString('hex')}`), prefix };
}

export function valueFrom(item: Item | undefined): Value {
  if (typeof item === 'boolean' || typeof item === 'string') return item;
  if (typeof item === 'bigint') return long(item);
  if (!isMap(item)) {
    const items = array(item);
    ascending(items);
    return items.map(valueFrom);
  }
  if (item.pairs.every(([key]) => typeof key === 'string')) {
    return new Map(item.pairs.map(([key, value]) => [key as string, valueFrom(value)]));
  }
  const values = fields(item);
  const [[first, value]] = item.pairs as [[bigint, Item]];
  if (first === 0n) {
    const id = values.get(1n);
    requireThat(values.size === 2 && typeof value === 'string' && typeof id === 'string');
    return entity(value, id);
  }
  requireThat(values.size === 1);
  if (first === 2n) return { kind: 'decimal', units: long(value) };
  if (first === 3n) return { kind: 'datetime', ms: long(value) };
  if (first === 4n) return { kind: 'duration', ms: long(value) };
  requireThat(first === 5n);
  return ipaddrFrom(value);
}

export function itemOf(value: Value): Item {
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const distinct = new Map(value.map((item) => [identity(item), itemOf(item)]));
    return [...distinct.values()].toSorted(compareEncoded);
  }
  if (value instanceof Map) return { pairs: [...value].map(([name, each]) => [name, itemOf(each)]) };
  switch (value.kind) {
    case 'entity':
      return numbered(value.type, value.id);
    case 'decimal':
      return { pairs: [[2n, value.units]] };
    case 'datetime':
      return { pairs: [[3n, value.ms]] };
    case 'duration':
      return { pairs: [[4n, value.ms]] };
    case 'ipaddr': {
      const address = Buffer.from(value.address.toString(16).padStart(value.bits / 4, '0'), 'hex');
      return { pairs: [[5n, Uint8Array.of(...address, value.prefix)]] };
    }
  }
}

function storedFrom(item: Item): StoredEntity {
  const [uid, parents, attributes, tags, ...others] = array(item);
  requireThat(others.length === 0);
  ascending(array(parents));
  const taggedWith = tags === undefined ? new Map<string, Value>() : recordFrom(tags);
  requireThat(tags === undefined || taggedWith.size > 0);
  return {
    uid: entityFrom(uid),
    parents: array(parents).map(entityFrom),
    attributes: recordFrom(attributes),
    tags: taggedWith,
  };
}

function requestFrom(item: Item): Request {
  const values = fields(item);
  const authority = values.get(4n);
  const entities = values.has(6n) ? array(values.get(6n)) : [];
  const continued = values.has(7n);
  requireThat(!continued || values.get(7n) === true);
  requireThat(values.size === 6 + Number(values.has(6n)) + Number(continued));
  requireThat(authority instanceof Uint8Array && authority.length === 32);
  ascending(entities.map((entry) => array(entry)[0] ?? []));
  return {
    principal: entityFrom(values.get(0n)),
    action: entityFrom(values.get(1n)),
    resource: entityFrom(values.get(2n)),
    context: recordFrom(values.get(3n)),
    authority,
    time: long(values.get(5n)),
    entities: entities.map(storedFrom),
    continued,
  };
}

/** One request, or those of a transaction. Throws Malformed. */
export function readRequest(bytes: Uint8Array): Request | Request[] {
  requireThat(bytes.length <= REQUEST_BYTES_MAX);
  const item = decode(bytes);
  if (isMap(item)) return requestFrom(item);
  const items = array(item);
  requireThat(items.length >= 2 && items.length <= TRANSACTION_REQUESTS_MAX);
  const common = items.map((each) => {
    const values = fields(each);
    return Buffer.from(encode([0n, 4n, 5n, 6n, 7n].map((key) => values.get(key) ?? null))).toString('hex');
  });
  requireThat(new Set(common).size === 1);
  return items.map(requestFrom);
}

/** Canonical bytes of a request (or transaction) whose sets and records may stand in any order. */
export function requestItem(request: Request): Item {
  const entries = request.entities.map(({ uid, parents, attributes, tags }) => {
    const entry: Item[] = [itemOf(uid), parents.map(itemOf).toSorted(compareEncoded), itemOf(attributes)];
    return tags.size > 0 ? [...entry, itemOf(tags)] : entry;
  });
  const sorted = entries.toSorted((left, right) => compareEncoded(left[0]!, right[0]!));
  const [principal, action, resource] = [request.principal, request.action, request.resource].map(itemOf);
  const { authority, time } = request;
  return numbered(
    principal,
    action,
    resource,
    itemOf(request.context),
    authority,
    time,
    entries.length > 0 ? sorted : undefined,
    request.continued ? true : undefined,
  );
}
