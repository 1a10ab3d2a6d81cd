// Owns: entities and contexts as Cedar's JSON writes them, read as the schema says: where a type is known, an entity
// may be plain {type, id} and an extension value plain text. https://docs.cedarpolicy.com/auth/entities-syntax.html
// Trusts: nothing of the data. Excludes: whether it fits the schema, which the engine tells.

import { isObject } from '../is-object.ts';
import type { EntityUid } from '../../engine/compiler/expression.ts';
import { parseExtension } from '../../engine/compiler/extension.ts';
import type { Attribute, Type } from '../../engine/compiler/schema.ts';
import type { Value } from '../../engine/compiler/value.ts';
import { PlumblineError } from '../error.ts';

/** SPEC §1. */
const DEPTH_MAX = 64;
const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;

/** The constructor that plain text of an extension type stands for. */
const CONSTRUCTORS: Partial<Record<Type['kind'], string>> = {
  decimal: 'decimal',
  datetime: 'datetime',
  duration: 'duration',
  ipaddr: 'ip',
};

export type JsonObject = { readonly [name: string]: unknown };

/** What data cannot be read as a case, or as Cedar's JSON. */
export const unreadable = (what: string, value: unknown): PlumblineError =>
  new PlumblineError('not-a-case', `${what}: ${shown(value)}`);

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === 'bigint') return `${item}`;
    return Number.isNaN(item) ? 'not an integer' : item;
  });
  if (text === undefined) return 'absent';
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}

/** `{type, id}`, or the same in `__entity`. @throws {PlumblineError} `not-a-case`, here and below */
export function readUid(json: unknown): EntityUid {
  const uid = isObject(json) && isEscape(json, '__entity') ? json['__entity'] : json;
  if (isObject(uid) && Object.keys(uid).length === 2) {
    const { type, id } = uid;
    if (typeof type === 'string' && typeof id === 'string') return { type: wellFormed(type), id: wellFormed(id) };
  }
  throw unreadable('not an entity', json);
}

/** A record whose attributes have these types; others are read without one. */
export function readRecord(json: unknown, attributes: readonly Attribute[], depth = 0): Value {
  if (!isObject(json)) throw unreadable('not a record', json);
  const types = new Map(attributes.map(({ name, type }) => [name, type]));
  return {
    record: Object.entries(json).map(([name, value]) => [
      wellFormed(name),
      readValue(value, types.get(name), depth + 1),
    ]),
  };
}

/**
 * A value of the type, which is undefined where the schema knows none. What is of another shape is read as it stands.
 */
function readValue(json: unknown, type: Type | undefined, depth = 0): Value {
  if (depth > DEPTH_MAX) throw new PlumblineError('not-a-case', `nested more than ${DEPTH_MAX} deep`);
  const constructor = type && CONSTRUCTORS[type.kind];
  if (constructor !== undefined && typeof json === 'string') return construct(constructor, json);
  if (constructor !== undefined && isCall(json)) return readCall(json, depth);
  if (Array.isArray(json)) {
    const element = type?.kind === 'set' ? type.element : undefined;
    return { set: json.map((item) => readValue(item, element, depth + 1)) };
  }
  if (isObject(json)) {
    if (type?.kind === 'record') return readRecord(json, type.attributes, depth);
    if (type?.kind === 'entity' || isEscape(json, '__entity')) return { entity: readUid(json) };
    if (isEscape(json, '__extn')) return readCall(json['__extn'], depth);
    return readRecord(json, [], depth);
  }
  if (typeof json === 'boolean') return json;
  if (typeof json === 'string') return wellFormed(json);
  if (typeof json === 'bigint' || Number.isSafeInteger(json)) {
    const integer = BigInt(json as number | bigint);
    if (integer >= I64_MIN && integer <= I64_MAX) return integer;
  }
  throw unreadable('not a value of Cedar', json);
}

/** An object of this one key stands for a value that JSON does not have. */
const isEscape = (json: JsonObject, key: string): boolean => Object.hasOwn(json, key) && Object.keys(json).length === 1;

const isCall = (json: unknown): boolean =>
  isObject(json) && 'fn' in json && ('arg' in json || 'args' in json) && Object.keys(json).length === 2;

/**
 * `{fn, arg}` or `{fn, args}`: a constructor of a text, or the `offset` in which Cedar writes dates beyond its text
 * form.
 */
function readCall(json: unknown, depth: number): Value {
  if (!isObject(json) || !isCall(json)) throw unreadable('not a call of an extension function', json);
  const { fn, arg } = json;
  const args = 'args' in json ? json['args'] : [arg];
  if (typeof fn !== 'string' || !Array.isArray(args)) throw unreadable('not a call of an extension function', json);
  if (fn !== 'offset') {
    if (args.length !== 1 || typeof args[0] !== 'string') throw unreadable('not a call of a constructor', json);
    return construct(fn, args[0]);
  }
  const [start, by] = args.map((item) => readValue(item, undefined, depth + 1));
  if (args.length === 2 && isObject(start) && 'datetime' in start && isObject(by) && 'duration' in by) {
    const datetime = (start['datetime'] as bigint) + (by['duration'] as bigint);
    if (datetime >= I64_MIN && datetime <= I64_MAX) return { datetime };
  }
  throw unreadable('not the offset of a datetime by a duration', json);
}

function construct(fn: string, text: string): Value {
  const value = parseExtension(fn, text);
  if (value === undefined) throw unreadable(`not the text of a ${fn}`, text);
  return value;
}

function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw unreadable('not Unicode', text);
  return text;
}
