// Owns: a Cedar schema with its names resolved: entity types, actions, attribute types, Plumbline's annotations.
// Trusts: cedar-wasm to parse. Excludes: checking anything against it (validate.ts, values-from-json.ts).

import { schemaToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { entity, identity, type Entity } from './value.ts';

export type Type =
  | { kind: 'Bool' | 'Long' | 'String' | 'decimal' | 'datetime' | 'duration' | 'ipaddr' }
  | { kind: 'Set'; element: Type }
  | RecordType
  | { kind: 'Entity'; name: string };
export interface RecordType {
  kind: 'Record';
  attributes: Map<string, Attribute>;
}
export interface Attribute {
  type: Type;
  required: boolean;
  supplied: boolean;
}
export type DerivedKind = 'path' | 'domain' | 'host' | 'endpoint' | 'qualified';
export interface EntityType {
  name: string;
  parentTypes: string[];
  attributes: RecordType;
  tags?: Type;
  ids?: string[];
  derived?: DerivedKind;
}
export interface Action {
  uid: Entity;
  parents: Entity[];
  principalTypes: string[];
  resourceTypes: string[];
  context: RecordType;
}
export interface Schema {
  entityTypes: Map<string, EntityType>;
  /** By `identity` of the uid. */
  actions: Map<string, Action>;
}

interface TypeJson {
  type: string;
  name?: string;
  element?: TypeJson;
  attributes?: Record<string, TypeJson & { required?: boolean; annotations?: Record<string, string> }>;
}
interface NamespaceJson {
  commonTypes?: Record<string, TypeJson>;
  entityTypes: Record<
    string,
    {
      memberOfTypes?: string[];
      shape?: TypeJson;
      tags?: TypeJson;
      enum?: string[];
      annotations?: Record<string, string>;
    }
  >;
  actions: Record<
    string,
    {
      memberOf?: { id: string; type?: string }[];
      appliesTo?: { principalTypes: string[]; resourceTypes: string[]; context?: TypeJson };
    }
  >;
}

const BUILT_IN = ['Long', 'String', 'decimal', 'datetime', 'duration', 'ipaddr'] as const;
const EMPTY_RECORD: RecordType = { kind: 'Record', attributes: new Map() };

const qualify = (namespace: string, name: string) => (namespace === '' ? name : `${namespace}::${name}`);

/** Reads a schema in Cedar's text form, or in its JSON form. */
export function parseSchema(text: string): Schema {
  const answer = schemaToJson(text.trimStart().startsWith('{') ? JSON.parse(text) : text);
  if (answer.type === 'failure') throw new SyntaxError(answer.errors.map(({ message }) => message).join('; '));
  const namespaces = answer.json as unknown as Record<string, NamespaceJson>;
  const common = new Map<string, () => Type>();
  const entityNames = new Set<string>();

  /**
   * What a name means in a namespace: the names of the namespace hide those without one, and both the built-in ones.
   */
  function resolveName(namespace: string, name: string): Type {
    for (const candidate of new Set([qualify(namespace, name), name])) {
      const type = common.get(candidate);
      if (type !== undefined) return type();
      if (entityNames.has(candidate)) return { kind: 'Entity', name: candidate };
    }
    const builtIn = name.replace(/^__cedar::/, '');
    if (builtIn === 'Bool' || builtIn === 'Boolean') return { kind: 'Bool' };
    const kind = BUILT_IN.find((each) => each === builtIn);
    if (kind === undefined) throw new SyntaxError(`unknown type ${name}`);
    return { kind };
  }

  function resolve(namespace: string, json: TypeJson): Type {
    switch (json.type) {
      case 'Set':
        return { kind: 'Set', element: resolve(namespace, json.element!) };
      case 'Record':
        return {
          kind: 'Record',
          attributes: new Map(
            Object.entries(json.attributes ?? {}).map(([name, attribute]) => {
              const supplied = attribute.annotations?.['supplied'] !== undefined;
              return [
                name,
                { type: resolve(namespace, attribute), required: attribute.required !== false, supplied },
              ] as const;
            }),
          ),
        };
      default:
        return resolveName(namespace, json.name ?? json.type);
    }
  }

  const record = (namespace: string, json: TypeJson | undefined): RecordType =>
    json === undefined ? EMPTY_RECORD : (resolve(namespace, json) as RecordType);
  const entityTypeName = (namespace: string, name: string) =>
    [qualify(namespace, name), name].find((candidate) => entityNames.has(candidate)) ?? name;

  for (const [namespace, { commonTypes, entityTypes }] of Object.entries(namespaces)) {
    for (const name of Object.keys(entityTypes)) entityNames.add(qualify(namespace, name));
    for (const [name, json] of Object.entries(commonTypes ?? {})) {
      common.set(qualify(namespace, name), () => resolve(namespace, json));
    }
  }
  const schema: Schema = { entityTypes: new Map(), actions: new Map() };
  for (const [namespace, { entityTypes, actions }] of Object.entries(namespaces)) {
    for (const [unqualified, json] of Object.entries(entityTypes)) {
      const name = qualify(namespace, unqualified);
      const derived = json.annotations?.['derived'] as DerivedKind | undefined;
      schema.entityTypes.set(name, {
        name,
        parentTypes: (json.memberOfTypes ?? []).map((parent) => entityTypeName(namespace, parent)),
        attributes: record(namespace, json.shape),
        ...(json.tags && { tags: resolve(namespace, json.tags) }),
        ...(json.enum && { ids: json.enum }),
        ...(derived && { derived }),
      });
    }
    const actionType = qualify(namespace, 'Action');
    for (const [id, { memberOf = [], appliesTo }] of Object.entries(actions)) {
      const uid = entity(actionType, id);
      schema.actions.set(identity(uid), {
        uid,
        parents: memberOf.map((parent) => entity(parent.type ?? actionType, parent.id)),
        principalTypes: (appliesTo?.principalTypes ?? []).map((name) => entityTypeName(namespace, name)),
        resourceTypes: (appliesTo?.resourceTypes ?? []).map((name) => entityTypeName(namespace, name)),
        context: record(namespace, appliesTo?.context),
      });
    }
  }
  return schema;
}
