// Owns: which authority's layers the engine has on top of its program.
// Trusts: the layers to be compiled for the program below them. Excludes: deciding which authority judges a request.

import type { Authority } from './authority/authority.ts';
import type { Engine } from './engine.ts';
import { PlumblineError } from './error.ts';

export class LoadedLayers {
  readonly #engine: Engine;
  #authority: Authority | undefined;

  /**
   * Loads the program.
   * @throws {PlumblineError} `program-refused`
   */
  constructor(engine: Engine, program: Uint8Array) {
    this.#engine = engine;
    const fault = engine.load(program);
    if (fault !== 0) {
      const where = `section ${fault >> 8}, reason ${fault & 0xff}`;
      throw new PlumblineError('program-refused', `the engine refuses the program: ${where}`, {
        hint: 'compile the policy with the compiler of the same version',
      });
    }
  }

  /**
   * Loads the layers of an authority in place of those that are loaded, as far as they differ.
   * @throws {PlumblineError} `engine-fault`
   */
  load(authority: Authority | undefined): void {
    if (authority === this.#authority) return;
    const [before, after] = [this.#authority?.layers ?? [], authority?.layers ?? []];
    const differing = after.findIndex((layer, level) => layer !== before[level]);
    const kept = Math.min(before.length, differing < 0 ? after.length : differing);
    // While layers are exchanged, the engine has those of neither authority.
    this.#authority = undefined;
    for (let level = before.length; level > kept; level--) this.#engine.popLayer();
    for (const layer of after.slice(kept)) {
      if (this.#engine.pushLayer(layer) !== 0) {
        throw new PlumblineError('engine-fault', 'the engine refuses a layer that was compiled for it');
      }
    }
    this.#authority = authority;
  }
}
