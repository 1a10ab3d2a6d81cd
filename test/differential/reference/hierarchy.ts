// Owns: the entities a request is judged against and which of them are ancestors of which.
// Excludes: where ancestors come from (names.ts for derived types, the schema for actions, the store for the rest).

import { identity, type Entity, type RecordValue } from './value.ts';

export interface StoredEntity {
  uid: Entity;
  parents: Entity[];
  attributes: RecordValue;
  tags: RecordValue;
}

export class Entities {
  readonly #stored: Map<string, StoredEntity>;
  readonly #derived: (uid: Entity) => Entity[] | undefined;

  /** `derived`: the ancestors of an entity of a derived type, which the store has no say in; `undefined` for others. */
  constructor(stored: StoredEntity[], derived: (uid: Entity) => Entity[] | undefined = () => undefined) {
    this.#stored = new Map(stored.map((entry) => [identity(entry.uid), entry]));
    this.#derived = derived;
  }

  get(uid: Entity): StoredEntity | undefined {
    return this.#stored.get(identity(uid));
  }

  /** True if `descendant` is `ancestor` or reaches it by parents. Terminates on cycles. */
  isIn(descendant: Entity, ancestor: Entity): boolean {
    const target = identity(ancestor);
    const seen = new Set<string>();
    const pending = [descendant];
    for (let uid = pending.pop(); uid !== undefined; uid = pending.pop()) {
      const name = identity(uid);
      if (name === target) return true;
      if (seen.has(name)) continue;
      seen.add(name);
      pending.push(...(this.#derived(uid) ?? this.get(uid)?.parents ?? []));
    }
    return false;
  }
}
