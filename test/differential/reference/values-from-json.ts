// Owns: Cedar's JSON for values and entities → values, read with the type the schema expects.
// Trusts: the JSON conforms to the schema (the corpus does). Excludes: judging requests (validate.ts).

import { callExtension } from './extension.ts';
import { type StoredEntity } from './hierarchy.ts';
import { type Json } from './json.ts';
import { type RecordType, type Schema, type Type } from './schema.ts';
import { entity, type Entity, type RecordValue, type Value } from './value.ts';

type JsonObject = { [key: string]: Json };

const CONSTRUCTORS: Record<string, string> = {
  ipaddr: 'ip',
  decimal: 'decimal',
  datetime: 'datetime',
  duration: 'duration',
};

/** `{type, id}` or `{__entity: {type, id}}`. */
export function entityFrom(json: Json): Entity {
  const { __entity, type, id } = json as { __entity?: Json; type: string; id: string };
  return __entity === undefined ? entity(type, id) : entityFrom(__entity);
}

function call(json: JsonObject, argument: Json | Json[]): Value {
  return callExtension(
    json['fn'] as string,
    [argument].flat().map((each) => valueFrom(each)),
  );
}

export function valueFrom(json: Json, type?: Type): Value {
  if (json === null) throw new SyntaxError('Cedar has no null');
  if (typeof json === 'string' && type !== undefined && type.kind in CONSTRUCTORS) {
    return callExtension(CONSTRUCTORS[type.kind]!, [json]);
  }
  if (typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map((item) => valueFrom(item, type?.kind === 'Set' ? type.element : undefined));
  if ('__entity' in json || type?.kind === 'Entity') return entityFrom(json);
  const extension =
    '__extn' in json ? (json['__extn'] as JsonObject) : type && type.kind in CONSTRUCTORS ? json : undefined;
  if (extension !== undefined) return call(extension, (extension['arg'] ?? extension['args'])!);
  return recordFrom(json, type?.kind === 'Record' ? type : undefined);
}

export function recordFrom(json: Json, type?: RecordType): RecordValue {
  return new Map(
    Object.entries(json as JsonObject).map(([name, value]) => [
      name,
      valueFrom(value, type?.attributes.get(name)?.type),
    ]),
  );
}

export function storeFrom(json: Json, schema: Schema): StoredEntity[] {
  return (json as JsonObject[]).map(({ uid, attrs, parents, tags }) => {
    const type = schema.entityTypes.get(entityFrom(uid!).type);
    const taggedWith = Object.entries((tags ?? {}) as JsonObject).map(
      ([name, value]) => [name, valueFrom(value, type?.tags)] as const,
    );
    return {
      uid: entityFrom(uid!),
      parents: (parents as Json[]).map(entityFrom),
      attributes: recordFrom(attrs ?? {}, type?.attributes),
      tags: new Map(taggedWith),
    };
  });
}

/** The schema's actions as entities: Cedar adds them to every store. */
export function actionEntities(schema: Schema): StoredEntity[] {
  return [...schema.actions.values()].map(({ uid, parents }) => {
    return { uid, parents, attributes: new Map(), tags: new Map() };
  });
}
