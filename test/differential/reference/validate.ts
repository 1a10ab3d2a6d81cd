// Owns: SPEC §5.1, codes 6–13 and 20: whether a request fits the schema, so that nothing is quietly false in a policy.
// Trusts: the shape of the request (request.ts). Excludes: evaluation, which goes on all the same for Cedar's answer.

import { CODE } from './codes.ts';
import { compareEncoded } from './cbor.ts';
import { type Entities, type StoredEntity } from './hierarchy.ts';
import { isCanonical } from './names.ts';
import { type Request, itemOf } from './request.ts';
import { type Action, type Attribute, type EntityType, type RecordType, type Schema, type Type } from './schema.ts';
import { identity, type Entity, type RecordValue, type Value } from './value.ts';

/** Thrown at the first fault. */
class Fault extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`code ${code}`);
    this.code = code;
  }
}

function refuseIf(fault: boolean, code: number): void {
  if (fault) throw new Fault(code);
}

/** True if policies may ask the store about entities of this type: one that is absent would be quietly false. */
export const needsStore = ({ attributes, tags, parentTypes, derived }: EntityType): boolean =>
  attributes.attributes.size > 0 || tags !== undefined || (parentTypes.length > 0 && derived === undefined);

/** What action types have in common. */
const ACTION_TYPE: EntityType = { name: '', parentTypes: [], attributes: { kind: 'Record', attributes: new Map() } };

class Validator {
  readonly schema: Schema;
  readonly entities: Entities;

  constructor(schema: Schema, entities: Entities) {
    this.schema = schema;
    this.entities = entities;
  }

  type({ type }: Entity): EntityType {
    const known = this.schema.entityTypes.get(type);
    if (known !== undefined) return known;
    refuseIf(![...this.schema.actions.values()].some(({ uid }) => uid.type === type), CODE.notApplicable);
    return ACTION_TYPE;
  }

  reference(uid: Entity): EntityType {
    const type = this.type(uid);
    refuseIf(type === ACTION_TYPE && !this.schema.actions.has(identity(uid)), CODE.notApplicable);
    refuseIf(type.ids !== undefined && !type.ids.includes(uid.id), CODE.illTypedAttribute);
    refuseIf(type.derived !== undefined && !isCanonical(type.derived, uid.id), CODE.nonCanonicalName);
    refuseIf(needsStore(type) && this.entities.get(uid) === undefined, CODE.entityAbsent);
    return type;
  }

  value(value: Value, type: Type): void {
    switch (type.kind) {
      case 'Bool':
        return refuseIf(typeof value !== 'boolean', CODE.illTypedAttribute);
      case 'Long':
        return refuseIf(typeof value !== 'bigint', CODE.illTypedAttribute);
      case 'String':
        return refuseIf(typeof value !== 'string', CODE.illTypedAttribute);
      case 'Set':
        if (!Array.isArray(value)) throw new Fault(CODE.illTypedAttribute);
        return value.forEach((item) => this.value(item, type.element));
      case 'Record':
        if (!(value instanceof Map)) throw new Fault(CODE.illTypedAttribute);
        return this.record(value, type);
      default: {
        const kind = typeof value === 'object' && 'kind' in value ? value.kind : undefined;
        refuseIf(kind !== (type.kind === 'Entity' ? 'entity' : type.kind), CODE.illTypedAttribute);
        if (type.kind !== 'Entity') return;
        refuseIf((value as Entity).type !== type.name, CODE.illTypedAttribute);
        this.reference(value as Entity);
      }
    }
  }

  /** An attribute that is absent is reported where it would stand. */
  record(record: RecordValue, { attributes }: RecordType): void {
    for (const name of [...new Set([...record.keys(), ...attributes.keys()])].toSorted(compareEncoded)) {
      const attribute: Attribute | undefined = attributes.get(name);
      const value = record.get(name);
      if (attribute === undefined) throw new Fault(CODE.unknownAttribute);
      if (attribute.supplied) refuseIf(value !== undefined, CODE.reservedAttribute);
      else if (value !== undefined) this.value(value, attribute.type);
      else refuseIf(attribute.required, CODE.missingAttribute);
    }
  }

  entry({ uid, parents, attributes, tags }: StoredEntity): void {
    const type = this.reference(uid);
    refuseIf((type.derived !== undefined || type === ACTION_TYPE) && parents.length > 0, CODE.derivedParents);
    for (const parent of parents) {
      this.type(parent);
      refuseIf(!type.parentTypes.includes(parent.type), CODE.invalidHierarchy);
      this.reference(parent);
    }
    this.record(attributes, type.attributes);
    for (const [, tag] of [...tags].toSorted(([left], [right]) => compareEncoded(left, right))) {
      if (type.tags === undefined) throw new Fault(CODE.unknownAttribute);
      this.value(tag, type.tags);
    }
  }

  request(request: Request): void {
    const { principal, resource } = request;
    this.reference(principal);
    const action: Action | undefined = this.schema.actions.get(identity(request.action));
    if (action === undefined) throw new Fault(CODE.notApplicable);
    refuseIf(!action.principalTypes.includes(principal.type), CODE.notApplicable);
    refuseIf(!action.resourceTypes.includes(resource.type), CODE.notApplicable);
    this.reference(resource);
    this.record(request.context, action.context);
    const entries = request.entities.toSorted((left, right) => compareEncoded(itemOf(left.uid), itemOf(right.uid)));
    for (const entry of entries) this.entry(entry);
    for (const { uid, parents } of entries) {
      refuseIf(
        parents.some((parent) => this.entities.isIn(parent, uid)),
        CODE.invalidHierarchy,
      );
    }
  }
}

/** The code of the first fault in the order of the request's bytes. */
export function firstFault(request: Request, schema: Schema, entities: Entities): number | undefined {
  try {
    new Validator(schema, entities).request(request);
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
}
