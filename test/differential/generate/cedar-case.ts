// Owns: a random Cedar case: several policies, some of them links of templates, a store with a deep hierarchy, and
// requests.

import { type StoredEntity } from '../reference/hierarchy.ts';
import { type Action } from '../reference/schema.ts';
import { entity, identity, type Entity, type RecordValue, type Value } from '../reference/value.ts';
import { Expressions } from './expressions.ts';
import { type Random } from './random.ts';
import { SCHEMA } from './schema.ts';
import { entityText } from './text.ts';
import { STRINGS, Values } from './values.ts';

/** A policy, or (with `links`) a template. */
export interface PolicyText {
  id: string;
  text: string;
  links?: { id: string; values: Record<string, Entity> }[];
}
export interface CedarRequest {
  principal: Entity;
  action: Entity;
  resource: Entity;
  context: RecordValue;
}
export interface CedarCase {
  policies: PolicyText[];
  /** Without action entities. */
  store: StoredEntity[];
  requests: CedarRequest[];
}

const EXPRESSION_DEPTH_MAX = 3;
const ACTIONS: Action[] = [...SCHEMA.actions.values()].filter(({ principalTypes }) => principalTypes.length > 0);
const HIERARCHY = ['Paint::Doc', 'Paint::Folder', 'User', 'Group', 'Org'];
const IDS = ['a', 'b', 'c', 'd', 'ü'];

class Cases {
  readonly random: Random;
  readonly values: Values;

  constructor(random: Random) {
    this.random = random;
    this.values = new Values(random, SCHEMA);
  }

  /** Entities may only be below those further on in `HIERARCHY` and `IDS`: no cycles, but chains as long as both. */
  store(): StoredEntity[] {
    const { random } = this;
    const all = HIERARCHY.flatMap((type) => IDS.map((id) => entity(type, id)));
    return random.some(all, 85).map((uid) => {
      const { parentTypes, attributes, tags } = SCHEMA.entityTypes.get(uid.type)!;
      const above = all.slice(all.findIndex((other) => identity(other) === identity(uid)) + 1);
      const allowed = above.filter(({ type }) => parentTypes.includes(type));
      const tagged = random.some(STRINGS.slice(0, 3), tags === undefined ? 0 : 50);
      return {
        uid,
        parents: random.some(allowed, 30),
        attributes: this.values.record(attributes),
        tags: new Map(tagged.map((name): [string, Value] => [name, this.values.value(tags!)])),
      };
    });
  }

  request(): CedarRequest {
    const { random } = this;
    const { uid, principalTypes, resourceTypes, context } = random.pick(ACTIONS);
    const [principal, resource] = [principalTypes, resourceTypes].map((types) =>
      this.values.entity(random.pick(types)),
    );
    return { principal: principal!, action: uid, resource: resource!, context: this.values.record(context) };
  }

  #scope(variable: 'principal' | 'resource', types: string[], slot: boolean): string {
    const { random } = this;
    if (slot) {
      const forms = ['== ?', 'in ?', `is ${random.pick(types)} in ?`];
      return `${variable} ${random.pick(forms)}${variable}`;
    }
    const some = () => entityText(this.values.entity(random.pick(random.chance(50) ? types : HIERARCHY)));
    switch (random.between(0, 9)) {
      case 0:
        return `${variable} == ${some()}`;
      case 1:
      case 2:
        return `${variable} in ${some()}`;
      case 3:
        return `${variable} is ${random.pick(types)}`;
      case 4:
        return `${variable} is ${random.pick(types)} in ${some()}`;
      default:
        return variable;
    }
  }

  #actionScope(): string {
    const { random } = this;
    const some = () => entityText(random.pick([...SCHEMA.actions.values()]).uid);
    switch (random.between(0, 7)) {
      case 0:
        return `action == ${some()}`;
      case 1:
        return `action in ${some()}`;
      case 2:
        return `action in [${random.times(0, 3, some).join(', ')}]`;
      default:
        return 'action';
    }
  }

  policy(index: number): PolicyText {
    const { random } = this;
    const { uid, principalTypes, resourceTypes, context } = random.pick(ACTIONS);
    const resourceType = random.pick(resourceTypes);
    const expressions = new Expressions(random, SCHEMA, principalTypes[0]!, uid, resourceType, context);
    const slots = ['principal', 'resource'].filter(() => random.chance(12));
    const scope = [
      this.#scope('principal', principalTypes, slots.includes('principal')),
      this.#actionScope(),
      this.#scope('resource', resourceTypes, slots.includes('resource')),
    ];
    const conditions = random.times(0, 2, () => {
      const kind = random.chance(75) ? 'when' : 'unless';
      return `\n${kind} { ${expressions.of({ kind: 'Bool' }, random.between(1, EXPRESSION_DEPTH_MAX))} }`;
    });
    const id = `policy${index}`;
    const text = `${random.chance(60) ? 'permit' : 'forbid'}(${scope.join(', ')})${conditions.join('')};`;
    if (slots.length === 0) return { id, text };
    const links = random.times(1, 3, (number) => ({
      id: `${id}-link${number}`,
      values: Object.fromEntries(
        slots.map((slot) => [
          `?${slot}`,
          this.values.entity(random.pick(slot === 'principal' ? principalTypes : resourceTypes)),
        ]),
      ),
    }));
    return { id, text, links };
  }

  /** Policies of one effect, one small condition each: the answer then shows the outcome of every one of them. */
  alike(): PolicyText[] {
    const { random } = this;
    const effect = random.pick(['permit', 'forbid']);
    const { uid, principalTypes, resourceTypes, context } = random.pick(ACTIONS);
    const expressions = new Expressions(random, SCHEMA, principalTypes[0]!, uid, random.pick(resourceTypes), context);
    return random.times(12, 24, (index) => {
      const condition = expressions.of({ kind: 'Bool' }, random.between(1, 2));
      return { id: `policy${index}`, text: `${effect}(principal, action, resource) when { ${condition} };` };
    });
  }
}

export function cedarCase(random: Random): CedarCase {
  const cases = new Cases(random);
  return {
    policies: random.chance(50) ? cases.alike() : random.times(1, 12, (index) => cases.policy(index)),
    store: cases.store(),
    requests: random.times(4, 4, () => cases.request()),
  };
}
