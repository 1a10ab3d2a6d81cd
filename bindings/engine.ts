// Owns: the host's side of the engine's ABI (SPEC §7): loading the module, its windows, its calls.
// Trusts: the module to decide; not to be the module it should be: imports, version and windows are checked when it is
// loaded.
// Excludes: what requests, decisions and states mean.

import { PlumblineError } from './error.ts';
import type { Runtime } from './runtime/index.ts';

const ABI_VERSION = 1;
/** SPEC §3. */
export const REQUEST_BYTES_MAX = 49_152;
/** SPEC §6.5. */
export const STATE_INITIAL = Uint8Array.from(
  Buffer.from('ac00000100020003800480050006800780088009830000000a000b80', 'hex'),
);

type Integers = (length?: number) => number;

/** The core, loaded. Lengths are bytes in the window a call reads; views are good until the next call. */
export class Engine {
  /** Where a program or layer is written before `load` and `pushLayer`. */
  readonly program: Uint8Array;
  /** Where a request is written before `decide`. */
  readonly request: Uint8Array;
  readonly #response: Uint8Array;
  readonly #state: Uint8Array;
  readonly #load: Integers;
  readonly #pushLayer: Integers;
  readonly #popLayer: Integers;
  readonly #setState: Integers;
  readonly #decide: Integers;
  readonly #note: Integers;
  readonly #responseLength: Integers;
  readonly #stateLength: Integers;

  constructor(wasm: Uint8Array<ArrayBuffer>) {
    const module = new WebAssembly.Module(wasm);
    if (WebAssembly.Module.imports(module).length > 0) throw unfit('it has imports');
    const { exports } = new WebAssembly.Instance(module);
    const memory = exports['memory'];
    if (!(memory instanceof WebAssembly.Memory)) throw unfit('it exports no memory');

    const named = (name: string): Integers => {
      const found = exports[name];
      if (typeof found !== 'function') throw unfit(`it exports no ${name}`);
      return found as Integers;
    };
    const window = (name: string): Uint8Array => {
      const start = named(`${name}_ptr`)() >>> 0;
      const capacity = named(`${name}_cap`)() >>> 0;
      if (capacity === 0 || start + capacity > memory.buffer.byteLength)
        throw unfit(`its ${name} window is not in memory`);
      return new Uint8Array(memory.buffer, start, capacity);
    };

    if (named('abi_version')() !== ABI_VERSION) throw unfit(`its ABI is not version ${ABI_VERSION}`);
    this.program = window('program');
    this.request = window('request');
    this.#response = window('response');
    this.#state = window('state');
    if (this.request.length !== REQUEST_BYTES_MAX) throw unfit(`its request window is not ${REQUEST_BYTES_MAX} bytes`);
    this.#load = named('load');
    this.#pushLayer = named('push_layer');
    this.#popLayer = named('pop_layer');
    this.#setState = named('set_state');
    this.#decide = named('decide');
    this.#note = named('note');
    this.#responseLength = named('response_len');
    this.#stateLength = named('state_len');
  }

  /** Loads a program, dropping layers and state. Returns 0, or `section << 8 | reason`. */
  load(program: Uint8Array): number {
    return this.#load(put(program, this.program, 'program'));
  }

  /** Adds a layer. Returns 0, or `section << 8 | reason`, and then nothing is loaded. */
  pushLayer(layer: Uint8Array): number {
    return this.#pushLayer(put(layer, this.program, 'layer'));
  }

  /** Drops the last layer. Returns 0, or -1 if there is none. */
  popLayer(): number {
    return this.#popLayer();
  }

  /** Returns 0, or the number of the code `no-state`. */
  setState(state: Uint8Array): number {
    return this.#setState(put(state, this.#state, 'state'));
  }

  /** Decides on the first `length` bytes of `request`. Returns `verdict | code << 8`. */
  decide(length: number): number {
    return this.#decide(length);
  }

  /**
   * Takes an event into the state. Returns 0, or the number of the code why it does not, and then nothing has changed.
   */
  note(event: Uint8Array): number {
    return this.#note(put(event, this.request, 'event'));
  }

  /** The bytes of the last decision. */
  decision(): Uint8Array {
    return this.#response.subarray(0, this.#responseLength());
  }

  /** The bytes of the state after the last decision or event. */
  state(): Uint8Array {
    return this.#state.subarray(0, this.#stateLength());
  }
}

/** @throws {PlumblineError} `engine-unfit` if `wasm` is not a core of ABI version 1. */
export function loadEngine(wasm: Uint8Array): Engine {
  try {
    return new Engine(new Uint8Array(wasm));
  } catch (cause) {
    throw cause instanceof PlumblineError ? cause : unfit('it is not a WebAssembly module', cause);
  }
}

function put(bytes: Uint8Array, window: Uint8Array, what: string): number {
  if (bytes.length > window.length) {
    throw new PlumblineError(
      `${what}-too-large`,
      `the ${what} has ${bytes.length} bytes; the engine holds ${window.length}`,
    );
  }
  window.set(bytes);
  return bytes.length;
}

const unfit = (why: string, cause?: unknown): PlumblineError =>
  new PlumblineError('engine-unfit', `the engine cannot be used: ${why}`, { cause });

/** The bytes of the engine that this package has. @throws {PlumblineError} `engine-absent` */
export function readEngine(runtime: Runtime): Uint8Array {
  try {
    return runtime.files.readFileSync(new URL('../engine/engine.wasm', import.meta.url));
  } catch (cause) {
    throw new PlumblineError('engine-absent', 'the engine cannot be read', {
      hint: 'npm run build:engine makes it',
      cause,
    });
  }
}
