// What SPEC §7 says the engine's module is made of, checked on its bytes: each rule that is broken is one line of the
// answer. Owns no engine; a module that planted violations break is as good an input.

import wabtFactory from 'wabt';

const ENGINE_BYTES_MAX = 64 * 1024;
const EXPORTS = (
  'memory abi_version program_ptr program_cap request_ptr request_cap response_ptr response_cap response_len ' +
  'state_ptr state_cap state_len load push_layer pop_layer set_state decide note'
)
  .split(' ')
  .toSorted();

// Everything newer than the first WebAssembly, except what the core uses. Turned off, a module that needs it does not
// decode.
const FEATURES = {
  bulk_memory: true,
  sign_extension: true,
  mutable_globals: false,
  exceptions: false,
  sat_float_to_int: false,
  simd: false,
  threads: false,
  function_references: false,
  multi_value: false,
  tail_call: false,
  reference_types: false,
  annotations: false,
  gc: false,
  memory64: false,
  extended_const: false,
  relaxed_simd: false,
};

const wabt = await wabtFactory();

/** The module's text. Throws if it is not valid under FEATURES. Copied: wabt.js misreads small pooled Buffers. */
function disassemble(wasm: Uint8Array): string {
  const module = wabt.readWasm(new Uint8Array(wasm), FEATURES);
  try {
    module.validate();
    return module.toText({});
  } finally {
    module.destroy();
  }
}

export function assemble(wat: string): Uint8Array {
  const module = wabt.parseWat('planted.wat', wat, { ...FEATURES, simd: true, reference_types: true });
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}

/** Who calls whom, by function index. */
function callGraph(text: string): Map<string, string[]> {
  const graph = new Map<string, string[]>();
  for (const body of text.split(/\n {2}(?=\(func )/).slice(1)) {
    const name = /^\(func \(;(\d+);\)/.exec(body)?.[1] ?? '';
    graph.set(
      name,
      [...body.matchAll(/\bcall (\d+)/g)].map(([, callee]) => callee ?? ''),
    );
  }
  return graph;
}

/** A function that can call itself, directly or through others. */
function findRecursion(graph: Map<string, string[]>): string | undefined {
  const ended = new Set<string>();
  const visit = (name: string, path: string[]): string | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name].join(' → ');
    if (ended.has(name)) return undefined;
    const found = (graph.get(name) ?? []).map((callee) => visit(callee, [...path, name])).find(Boolean);
    ended.add(name);
    return found;
  };
  return [...graph.keys()].map((name) => visit(name, [])).find(Boolean);
}

/** The rules a module breaks; none for a module that may be the engine. */
export function gateFaults(wasm: Uint8Array): string[] {
  let text: string;
  try {
    text = disassemble(wasm);
  } catch (error) {
    return [`needs a feature the engine must not use: ${String(error).split('\n')[1] ?? String(error)}`];
  }
  const module = new WebAssembly.Module(new Uint8Array(wasm));
  const faults: string[] = [];
  const refuse = (broken: boolean, rule: string) => {
    if (broken) faults.push(rule);
  };
  refuse(WebAssembly.Module.imports(module).length > 0, 'imports something');
  const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
  refuse(exported.toSorted().join() !== EXPORTS.join(), 'exports other than SPEC §7');
  refuse(/\bf(32|64)\b/.test(text), 'uses floats');
  refuse(/\bmemory\.grow\b/.test(text), 'grows memory');
  refuse(/\bcall_indirect\b|^ *\((table|elem)\b/m.test(text), 'calls indirectly or has a table');
  refuse(/^ *\(start\b/m.test(text), 'has a start function');
  const [, initial, maximum] = /\(memory (?:\(;0;\) )?(\d+)(?: (\d+))?\)/.exec(text) ?? [];
  refuse(initial === undefined || initial !== maximum, 'memory is not fixed');
  const recursion = findRecursion(callGraph(text));
  refuse(recursion !== undefined, `recurses: ${recursion}`);
  refuse(wasm.length > ENGINE_BYTES_MAX, 'is larger than 64 KiB');
  return faults;
}
