// Schema text → the model the program carries: every name qualified, common types expanded, action groups closed.
// Cedar's parser judges and resolves the schema; the meaning of `@derived` and `@supplied` is domain.ts's.

import type { DetailedError, SchemaJson } from '@cedar-policy/cedar-wasm/nodejs';
import { cedar } from './cedar.ts';
import type { Diagnostic, Source } from './diagnostic.ts';
import { refuseNesting } from './nesting.ts';
import { cedarDiagnostics } from './parse.ts';
import type { EntityUid } from './expression.ts';
import { tokenize } from './tokens.ts';

type Primitive = 'Bool' | 'Long' | 'String' | 'decimal' | 'datetime' | 'duration' | 'ipaddr';

export type Type =
  | { kind: Primitive }
  | { kind: 'entity'; name: string }
  | { kind: 'set'; element: Type }
  | { kind: 'record'; attributes: Attribute[] };

export interface Attribute {
  name: string;
  type: Type;
  required: boolean;
  annotations: Map<string, string>;
}

export interface EntityType {
  name: string;
  annotations: Map<string, string>;
  /** Types named in `in […]`, ascending. */
  parents: string[];
  attributes: Attribute[];
  tags?: Type;
  /** The ids of an enumerated type, in the order of the schema. */
  ids?: string[];
}

export interface Action {
  uid: EntityUid;
  /** All groups it belongs to, directly or not; ascending. */
  ancestors: EntityUid[];
  principals: string[];
  resources: string[];
  context: Attribute[];
}

/** Entity types ascending by name, actions by type and id (code units). */
export interface SchemaModel {
  entityTypes: EntityType[];
  actions: Action[];
}

/** The model of a schema, as Cedar's parser takes its text. */
export function readModel(source: Source): { model: SchemaModel } | { diagnostics: Diagnostic[] } {
  const deep = refuseNesting(source, tokenize(source.text), 'schema');
  if (deep.length > 0) return { diagnostics: deep };
  const refuse = (errors: DetailedError[]) => ({ diagnostics: cedarDiagnostics('schema-invalid', errors, source) });
  const answer = cedar().schemaToJsonWithResolvedTypes(source.text);
  if (answer.type === 'failure') return refuse(answer.errors);
  // Resolving alone does not find cycles of types and names that shadow each other.
  const check = cedar().checkParseSchema(source.text);
  if (check.type === 'failure') return refuse(check.errors);
  return { model: new ModelBuilder(answer.json).build() };
}

// cedar-wasm declares one generic node per type; these are the shapes it really answers with.
interface TypeJson {
  type: string;
  name?: string;
  element?: TypeJson;
  attributes?: Record<string, TypeJson>;
  required?: boolean;
  annotations?: Record<string, string | null>;
}

interface EntityJson {
  annotations?: Record<string, string | null>;
  memberOfTypes?: string[];
  shape?: TypeJson;
  tags?: TypeJson;
  enum?: string[];
}

interface ActionJson {
  appliesTo?: { principalTypes: string[]; resourceTypes: string[]; context?: TypeJson };
  memberOf?: { type?: string; id: string }[];
}

const PRIMITIVES: Record<string, Primitive> = {
  Bool: 'Bool',
  Boolean: 'Bool',
  Long: 'Long',
  String: 'String',
  decimal: 'decimal',
  datetime: 'datetime',
  duration: 'duration',
  ipaddr: 'ipaddr',
};

class ModelBuilder {
  readonly #json: SchemaJson<string>;
  readonly #commonTypes = new Map<string, TypeJson>();
  readonly #expanded = new Map<string, Type>();

  constructor(json: SchemaJson<string>) {
    this.#json = json;
    for (const [namespace, { commonTypes }] of Object.entries(json)) {
      for (const [name, type] of Object.entries(commonTypes ?? {})) {
        this.#commonTypes.set(qualified(namespace, name), type as TypeJson);
      }
    }
  }

  build(): SchemaModel {
    const entityTypes: EntityType[] = [];
    const actions: Action[] = [];
    const parents = new Map<string, EntityUid[]>();
    for (const [namespace, definition] of Object.entries(this.#json)) {
      for (const [name, type] of Object.entries(definition.entityTypes)) {
        entityTypes.push(this.#entityType(qualified(namespace, name), type as EntityJson));
      }
      const actionType = qualified(namespace, 'Action');
      for (const [id, action] of Object.entries(definition.actions)) {
        const { appliesTo, memberOf = [] } = action as ActionJson;
        const uid = { type: actionType, id };
        parents.set(
          uidKey(uid),
          memberOf.map((parent) => ({ type: parent.type ?? actionType, id: parent.id })),
        );
        actions.push({
          uid,
          ancestors: [],
          principals: appliesTo?.principalTypes.toSorted() ?? [],
          resources: appliesTo?.resourceTypes.toSorted() ?? [],
          context: appliesTo?.context ? this.#record(appliesTo.context) : [],
        });
      }
    }
    for (const action of actions) action.ancestors = closure(action.uid, parents);
    return {
      entityTypes: entityTypes.toSorted((a, b) => compare(a.name, b.name)),
      actions: actions.toSorted((a, b) => compareUids(a.uid, b.uid)),
    };
  }

  #entityType(name: string, { annotations, memberOfTypes, shape, tags, enum: ids }: EntityJson): EntityType {
    return {
      name,
      annotations: annotationMap(annotations),
      parents: memberOfTypes?.toSorted() ?? [],
      attributes: shape ? this.#record(shape) : [],
      ...(tags ? { tags: this.#type(tags) } : {}),
      ...(ids ? { ids } : {}),
    };
  }

  #record(json: TypeJson): Attribute[] {
    const type = this.#type(json);
    return type.kind === 'record' ? type.attributes : [];
  }

  #type(json: TypeJson): Type {
    switch (json.type) {
      case 'Set':
        return { kind: 'set', element: this.#type(json.element!) };
      case 'Entity':
        return { kind: 'entity', name: json.name! };
      case 'Record': {
        const attributes = Object.entries(json.attributes ?? {}).map(([name, attribute]) => ({
          name,
          type: this.#type(attribute),
          required: attribute.required ?? true,
          annotations: annotationMap(attribute.annotations),
        }));
        return { kind: 'record', attributes: attributes.toSorted((a, b) => compare(a.name, b.name)) };
      }
      default:
        return this.#named(json.type);
    }
  }

  /** A common type wins over the built-in name it shadows, which is then `__cedar::NAME`. */
  #named(name: string): Type {
    const known = this.#expanded.get(name);
    if (known) return known;
    const common = this.#commonTypes.get(name);
    const primitive = PRIMITIVES[name.replace(/^__cedar::/, '')];
    if (!common && !primitive) throw new Error(`BUG(compiler): unknown type ${name} in a resolved schema`);
    const type: Type = common ? this.#type(common) : { kind: primitive! };
    this.#expanded.set(name, type);
    return type;
  }
}

function closure(uid: EntityUid, parents: Map<string, EntityUid[]>): EntityUid[] {
  const found = new Map<string, EntityUid>();
  const pending = [...(parents.get(uidKey(uid)) ?? [])];
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (found.has(uidKey(next))) continue;
    found.set(uidKey(next), next);
    pending.push(...(parents.get(uidKey(next)) ?? []));
  }
  return [...found.values()].toSorted(compareUids);
}

function annotationMap(annotations: Record<string, string | null> = {}): Map<string, string> {
  return new Map(Object.entries(annotations).map(([name, value]) => [name, value ?? '']));
}

function qualified(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}::${name}`;
}

/** A type name holds no quote, so the key is unambiguous. */
export function uidKey({ type, id }: EntityUid): string {
  return `${type}"${id}`;
}

/** Orders by code units, the same in every locale and runtime. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareUids(a: EntityUid, b: EntityUid): number {
  return compare(a.type, b.type) || compare(a.id, b.id);
}
