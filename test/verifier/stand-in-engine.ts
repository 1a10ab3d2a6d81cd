// An engine of SPEC §7 in a page, for tests of the replay itself: it answers every request with the same decision and
// state, the byte of the decision at `layersAt` raised by 1 for each layer and the state's third byte by 1 for each
// approval; it takes no revocation, does not come back from a request by \u0001 and traps on one by \u0002.
import wabt from 'wabt';

const escape = (bytes: Uint8Array) => [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');

const constant = (name: string, value: number) => `(func (export "${name}") (result i32) (i32.const ${value}))`;

const add = (at: number, count: number) =>
  `(i32.store8 (i32.const ${at}) (i32.add (i32.const ${count}) (i32.load8_u (i32.const ${at}))))`;

export async function standInEngine(
  decision: Uint8Array,
  layersAt: number,
  state: Uint8Array,
  extra = '',
): Promise<Buffer> {
  const text = `(module ${extra}
    (memory (export "memory") 2 2)
    (data (i32.const 0) "${escape(decision)}")
    (data (i32.const 4096) "${escape(state)}")
    ${constant('abi_version', 1)}
    ${constant('response_ptr', 0)} ${constant('response_len', decision.length)}
    ${constant('state_ptr', 4096)} ${constant('state_cap', 4096)} ${constant('state_len', state.length)}
    ${constant('program_ptr', 8192)} ${constant('program_cap', 4096)}
    ${constant('request_ptr', 16384)} ${constant('request_cap', 49152)}
    (func (export "load") (param i32) (result i32) (i32.const 0))
    (func (export "push_layer") (param i32) (result i32) ${add(layersAt, 1)} (i32.const 0))
    (func (export "pop_layer") (result i32) ${add(layersAt, -1)} (i32.const 0))
    (func (export "note") (param i32) (result i32)
      (if (i32.eq (i32.load8_u (i32.const 16385)) (i32.const 1)) (then (return (i32.const 21))))
      ${add(4096 + 2, 1)} (i32.const 0))
    (func (export "set_state") (param i32) (result i32) (i32.const 0))
    (func (export "decide") (param i32) (result i32)
      (if (i32.eq (i32.load8_u (i32.const 16391)) (i32.const 1)) (then (loop (br 0))))
      (if (i32.eq (i32.load8_u (i32.const 16391)) (i32.const 2)) (then (unreachable)))
      (i32.const 0)))`;
  const module = (await wabt()).parseWat('stand-in.wat', text);
  try {
    return Buffer.from(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}
