// Owns: where the target of a call was stated (SPEC §11.7): in the objective, in a result of this session, or neither.
// Excludes: results. Of what they held only digests are kept, and not beyond the session.

import { createHash } from 'node:crypto';

/** Where a target was stated; with `result`, the labels that came back with the results that held it. */
export type Origin = { origin: 'objective' | 'neither' } | { origin: 'result'; originLabels: readonly string[] };

/** SPEC §9.1, outcome: as many bytes of a value's SHA-256 are kept. */
const VALUE_BYTES = 16;
/** SPEC §11.7: those that were seen last. */
const VALUES_MAX = 65_536;

/** The digest under which a text that a result held is kept (SPEC §9.1, outcome, key 7). */
export const valueDigest = (text: string): Buffer =>
  createHash('sha256').update(text).digest().subarray(0, VALUE_BYTES);

const keyOf = (digest: Uint8Array): string => Buffer.from(digest).toString('latin1');

export class Origins {
  readonly #labels = new Map<string, readonly string[]>();

  /** A result held these values, and these labels came back with it. */
  note(digests: readonly Uint8Array[], labels: readonly string[]): void {
    for (const digest of digests) {
      const key = keyOf(digest);
      const before = this.#labels.get(key) ?? [];
      this.#labels.delete(key);
      this.#labels.set(key, [...new Set([...before, ...labels])]);
      if (this.#labels.size > VALUES_MAX) this.#labels.delete(this.#labels.keys().next().value!);
    }
  }

  /** @param objective the statement of the authority's objective, if there is one */
  of(target: string, objective: string | undefined): Origin {
    if (objective !== undefined && standsIn(target, objective)) return { origin: 'objective' };
    const originLabels = this.#labels.get(keyOf(valueDigest(target)));
    return originLabels === undefined ? { origin: 'neither' } : { origin: 'result', originLabels };
  }
}

/** Whether the text holds the target with no letter or digit beside it. */
function standsIn(target: string, text: string): boolean {
  if (target === '') return false;
  for (let at = text.indexOf(target); at >= 0; at = text.indexOf(target, at + 1)) {
    const apart = !/[\p{L}\p{N}]$/u.test(text.slice(0, at)) && !/^[\p{L}\p{N}]/u.test(text.slice(at + target.length));
    if (apart) return true;
  }
  return false;
}
