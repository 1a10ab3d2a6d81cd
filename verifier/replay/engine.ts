// Owns: running a recorded engine: SPEC §7.
// Trusts: the engine's digest, which the caller has checked. Still the engine gets no import, and its answers are only
// compared.

const ABI_VERSION = 1;
const FUNCTIONS = [
  'abi_version',
  'program_ptr',
  'program_cap',
  'request_ptr',
  'request_cap',
  'response_ptr',
  'response_len',
  'state_ptr',
  'state_cap',
  'state_len',
  'load',
  'push_layer',
  'pop_layer',
  'set_state',
  'decide',
  'note',
] as const;

type Exports = Record<(typeof FUNCTIONS)[number], (length?: number) => number> & { memory: WebAssembly.Memory };

export class Engine {
  readonly #exports: Exports;
  // The memory is of fixed size, so this view stays valid.
  readonly #memory: Uint8Array;

  /** Throws `RangeError` on a module that is not an engine of this ABI version without imports. */
  constructor(wasm: Uint8Array) {
    const module = new WebAssembly.Module(wasm as BufferSource);
    const imports = WebAssembly.Module.imports(module);
    if (imports.length > 0) throw new RangeError(`the engine imports ${imports.map((one) => one.name).join(', ')}`);
    const exports = new WebAssembly.Instance(module).exports as Record<string, unknown>;
    for (const name of FUNCTIONS) {
      if (typeof exports[name] !== 'function') throw new RangeError(`the engine exports no function ${name}`);
    }
    if (!(exports['memory'] instanceof WebAssembly.Memory)) throw new RangeError('the engine exports no memory');
    this.#exports = exports as Exports;
    const version = this.#exports.abi_version();
    if (version !== ABI_VERSION) throw new RangeError(`the engine has ABI version ${version}, not ${ABI_VERSION}`);
    this.#memory = new Uint8Array(this.#exports.memory.buffer);
  }

  /** 0, or the fault. */
  load(program: Uint8Array): number {
    this.#write(this.#exports.program_ptr(), this.#exports.program_cap(), program);
    return this.#exports.load(program.length);
  }

  pushLayer(layer: Uint8Array): number {
    this.#write(this.#exports.program_ptr(), this.#exports.program_cap(), layer);
    return this.#exports.push_layer(layer.length);
  }

  /** 0, or -1 if there is no layer. */
  popLayer(): number {
    return this.#exports.pop_layer();
  }

  setState(state: Uint8Array): number {
    this.#write(this.#exports.state_ptr(), this.#exports.state_cap(), state);
    return this.#exports.set_state(state.length);
  }

  decide(request: Uint8Array): Uint8Array {
    this.#write(this.#exports.request_ptr(), this.#exports.request_cap(), request);
    this.#exports.decide(request.length);
    return this.#read(this.#exports.response_ptr(), this.#exports.response_len());
  }

  /** Takes an event into the state: 0, or the code that refuses it. */
  note(event: Uint8Array): number {
    this.#write(this.#exports.request_ptr(), this.#exports.request_cap(), event);
    return this.#exports.note(event.length);
  }

  state(): Uint8Array {
    return this.#read(this.#exports.state_ptr(), this.#exports.state_len());
  }

  #write(pointer: number, capacity: number, bytes: Uint8Array): void {
    if (bytes.length > capacity) throw new RangeError(`${bytes.length} bytes do not fit a window of ${capacity}`);
    this.#memory.set(bytes, pointer);
  }

  #read(pointer: number, length: number): Uint8Array {
    if (pointer < 0 || length < 0 || pointer + length > this.#memory.length) {
      throw new RangeError('the engine names a window outside its memory');
    }
    return this.#memory.slice(pointer, pointer + length);
  }
}
