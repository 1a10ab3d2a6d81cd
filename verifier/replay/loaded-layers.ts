// The layers that a recorded engine has above its program, changed from one layer set to another at the cost of the layers that differ.
import type { Engine } from './engine.ts';

// Sets that alternate find their layers here; a session that mints a grant for each call leaves no pile.
const LAYERS_KEPT = 64;

export class LoadedLayers {
  readonly #engine: Engine;
  readonly #program: Uint8Array;
  readonly #read: (layer: string) => Promise<Uint8Array>;
  readonly #kept = new Map<string, Uint8Array>();
  // Undefined: the engine refused one, which left nothing loaded.
  #loaded: string[] | undefined;

  /** `read`: the bytes of the layer of a digest (hex); what it rejects with, `change` does too. */
  constructor(engine: Engine, program: Uint8Array, read: (layer: string) => Promise<Uint8Array>) {
    this.#engine = engine;
    this.#program = program;
    this.#read = read;
  }

  /** Loads these layers, and the state with them. What the engine refuses is left unloaded, as it was for the writer: decisions show whether that is so. */
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
    // The last used stand last.
    this.#kept.delete(layer);
    this.#kept.set(layer, bytes);
    if (this.#kept.size > LAYERS_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    return bytes;
  }
}
