// Owns: the layers that a recorded engine has above its program. To change from one layer set to another costs only the
// layers that differ.
import type { Engine } from './engine.ts';

// Enough for sets that alternate; a session that mints a grant for each call does not pile layers up.
const LAYERS_KEPT = 64;

export class LoadedLayers {
  readonly #engine: Engine;
  readonly #program: Uint8Array;
  readonly #read: (layer: string) => Promise<Uint8Array>;
  readonly #kept = new Map<string, Uint8Array>();
  // Undefined: the engine refused a layer, which left nothing loaded.
  #loaded: string[] | undefined;

  /** `read`: the bytes of a layer by its digest (hex). `change` rejects where it does. */
  constructor(engine: Engine, program: Uint8Array, read: (layer: string) => Promise<Uint8Array>) {
    this.#engine = engine;
    this.#program = program;
    this.#read = read;
  }

  /**
   * Loads these layers, and the state with them. If the engine refuses one, nothing stays loaded, as in the writer's
   * session; the recorded decisions show whether that was so.
   */
  async change(layers: readonly string[], state: Uint8Array): Promise<void> {
    const bytes: Uint8Array[] = [];
    for (const layer of layers) bytes.push(await this.#layer(layer));
    const loaded = this.#loaded ?? this.#reload();
    let common = 0;
    while (common < loaded.length && loaded[common] === layers[common]) common++;
    for (let left = loaded.length; left > common; left--) this.#engine.popLayer();
    const refused = bytes.slice(common).some((layer) => this.#engine.pushLayer(layer) !== 0);
    this.#loaded = refused ? undefined : [...layers];
    this.#engine.setState(state);
  }

  #reload(): string[] {
    this.#engine.load(this.#program);
    return [];
  }

  async #layer(layer: string): Promise<Uint8Array> {
    const bytes = this.#kept.get(layer) ?? (await this.#read(layer));
    // The layers used last stand last.
    this.#kept.delete(layer);
    this.#kept.set(layer, bytes);
    if (this.#kept.size > LAYERS_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    return bytes;
  }
}
