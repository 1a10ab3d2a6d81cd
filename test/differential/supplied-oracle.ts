// Owns: putting a strict request to cedar-wasm: what the engine adds to a request (SPEC §4) is added here as plain
// attributes and entities, so that Cedar's own answer can be compared.

import { STRICT_SCHEMA } from './generate/strict-schema.ts';
import { CANONICAL_IDS } from './generate/values.ts';
import { askOracle, type CedarAnswer } from './oracle.ts';
import { type StoredEntity } from './reference/hierarchy.ts';
import { derivedAncestors } from './reference/names.ts';
import { type Request } from './reference/request.ts';
import { entity, identity, type Entity, type RecordValue, type Value } from './reference/value.ts';
import { actionEntities } from './reference/values-from-json.ts';

const ACTIONS = actionEntities(STRICT_SCHEMA);

/** Every entity in the values. */
function entitiesIn(value: Value): Entity[] {
  if (typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.flatMap(entitiesIn);
  if (value instanceof Map) return [...value.values()].flatMap(entitiesIn);
  return value.kind === 'entity' ? [value] : [];
}

const bare = (uid: Entity): StoredEntity => ({ uid, parents: [], attributes: new Map(), tags: new Map() });

/**
 * The store with the ancestors of every entity of a derived type that the request or (from the pools) a policy can
 * name.
 */
function withDerived(request: Request): StoredEntity[] {
  const { principal, resource, context, entities } = request;
  const pooled = [...STRICT_SCHEMA.entityTypes.values()].flatMap(({ name, derived }) =>
    derived === undefined ? [] : CANONICAL_IDS[derived].map((id) => entity(name, id)),
  );
  const named = [principal, resource, ...entitiesIn(context), ...pooled];
  for (const { uid, parents, attributes, tags } of entities) {
    named.push(uid, ...parents, ...entitiesIn(attributes), ...entitiesIn(tags));
  }
  const store = new Map([...ACTIONS, ...entities].map((each) => [identity(each.uid), each]));
  const add = (uid: Entity, parents: Entity[]) => {
    const entry = store.get(identity(uid)) ?? bare(uid);
    store.set(identity(uid), { ...entry, parents: [...entry.parents, ...parents] });
  };
  for (const { uid, parents } of ACTIONS) add(uid, parents);
  for (const uid of new Map(named.map((each) => [identity(each), each])).values()) {
    const type = STRICT_SCHEMA.entityTypes.get(uid.type);
    if (type?.derived !== undefined) add(uid, derivedAncestors(type, uid.id, STRICT_SCHEMA));
  }
  return [...store.values()];
}

/** Whether some entity is above itself, by the store or by what names imply. */
function hasCycle(store: StoredEntity[]): boolean {
  const parents = new Map(store.map((each) => [identity(each.uid), each.parents.map(identity)]));
  return [...parents].some(([start, above]) => {
    const seen = new Set<string>();
    const pending = [...above];
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (name === start) return true;
      if (seen.has(name)) continue;
      seen.add(name);
      pending.push(...(parents.get(name) ?? []));
    }
    return false;
  });
}

/**
 * Nothing where the store has a cycle, to which Cedar has no answer.
 * `supplied`: the values the engine gives to the attributes of these names, where the action's context has them.
 */
export function askAboutStrict(policies: string[], request: Request, supplied: RecordValue): CedarAnswer | undefined {
  const store = withDerived(request);
  if (hasCycle(store)) return undefined;
  const { attributes } = STRICT_SCHEMA.actions.get(identity(request.action))?.context ?? { attributes: new Map() };
  const own = [...request.context].filter(([name]) => !attributes.get(name)?.supplied);
  const context = new Map([...own, ...[...supplied].filter(([name]) => attributes.get(name)?.supplied)]);
  const texts = policies.map((text, index) => ({ id: `policy${index}`, text }));
  const [answer] = askOracle(texts, store, [{ ...request, context }]);
  return answer;
}
