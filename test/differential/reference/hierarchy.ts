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
  readonly #implied: (uid: Entity) => Entity[];

  /** `implied`: the parents an entity has whatever the store says. */
  constructor(stored: StoredEntity[], implied: (uid: Entity) => Entity[] = () => []) {
    this.#stored = new Map(stored.map((entry) => [identity(entry.uid), entry]));
    this.#implied = implied;
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
      pending.push(...this.#implied(uid), ...(this.get(uid)?.parents ?? []));
    }
    return false;
  }
}
