// Owns: the entities of a case as the entries of SPEC §3, and where the schema says what their attributes are.

import type { EntityUid } from '../../engine/compiler/expression.ts';
import type { SchemaModel } from '../../engine/compiler/schema.ts';
import { compareBytes, encodeValue, type Value } from '../../engine/compiler/value.ts';
import { isObject } from '../is-object.ts';
import { readRecord, readUid, unreadable, type JsonObject } from './cedar-json.ts';

/** The entries' bytes, ascending by uid. @throws {PlumblineError} `not-a-case` */
export function encodeStore(entities: readonly unknown[], schema: SchemaModel): Uint8Array[] {
  const types = new Map(schema.entityTypes.map((type) => [type.name, type]));
  const entries = entities.map((entity) => {
    if (!isObject(entity)) throw unreadable('not an entity of the store', entity);
    const uid = readUid(entity['uid']);
    const type = types.get(uid.type);
    const parents = entity['parents'];
    if (!Array.isArray(parents)) throw unreadable('parents are not a list', parents);
    const key = encodeUid(uid);
    const fields = [
      key,
      encodeValue({ set: parents.map((parent): Value => ({ entity: readUid(parent) })) }),
      encodeValue(readRecord(entity['attrs'], type?.attributes ?? [])),
      ...encodeTags(entity, type?.tags),
    ];
    return { key, bytes: Buffer.concat([Uint8Array.of(ARRAY + fields.length), ...fields]) };
  });
  const ascending = entries.toSorted((a, b) => compareBytes(a.key, b.key)).map(({ bytes }) => bytes);
  // Cedar takes an entity twice if it is the same both times; the core is told once.
  return ascending.filter((bytes, index) => index === 0 || compareBytes(bytes, ascending[index - 1]!) !== 0);
}

/** The head of a CBOR array of no items. */
const ARRAY = 0x80;

type EntityTags = SchemaModel['entityTypes'][number]['tags'];

/** Tags are a record of which every attribute has the one type; nothing if there are none. */
function encodeTags({ tags = {} }: JsonObject, type: EntityTags): Uint8Array[] {
  if (!isObject(tags)) throw unreadable('tags are not a record', tags);
  const names = Object.keys(tags);
  const attributes = type ? names.map((name) => ({ name, type, required: false, annotations: new Map() })) : [];
  return names.length === 0 ? [] : [encodeValue(readRecord(tags, attributes))];
}

export const encodeUid = (uid: EntityUid): Uint8Array => encodeValue({ entity: uid });
