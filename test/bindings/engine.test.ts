// Modules that are not the engine, refused when they are loaded.

import { describe, expect, test } from 'vitest';
import { loadEngine } from '../../bindings/engine.ts';
import { standIn } from './stand-in.ts';

test('a module of the ABI is loaded', () => {
  const engine = loadEngine(standIn());
  expect([
    engine.load(Uint8Array.of(1)),
    engine.pushLayer(Uint8Array.of(1)),
    engine.popLayer(),
    engine.decide(0),
  ]).toEqual([0, 0, 0, 0]);
  expect(engine.setState(Uint8Array.of(1, 2, 3))).toBe(0);
  expect([...engine.state().subarray(0, 4)]).toEqual([1, 2, 3, 0]);
});

const replaced = (from: string, to: string): Uint8Array => standIn({ replace: [from, to] });

describe('refused', () => {
  test.each<[string, Uint8Array, string]>([
    ['what is no module', Uint8Array.of(1, 2, 3), 'it is not a WebAssembly module'],
    ['imports', replaced('(memory', '(import "env" "abort" (func)) (memory'), 'it has imports'],
    ['no memory', replaced('(export "memory")', ''), 'it exports no memory'],
    ['another ABI', replaced('i32.const 1)', 'i32.const 2)'), 'its ABI is not version 1'],
    ['a missing call', replaced('"set_state"', '"put_state"'), 'it exports no set_state'],
    ['a missing window', replaced('"response_ptr"', '"answer_ptr"'), 'it exports no response_ptr'],
    [
      'a window beyond memory',
      replaced('i32.const 131072)', 'i32.const 524000)'),
      'its request window is not in memory',
    ],
    ['a window before memory', replaced('i32.const 131072)', 'i32.const -1)'), 'its request window is not in memory'],
    ['an empty window', replaced('i32.const 16384)', 'i32.const 0)'), 'its state window is not in memory'],
    [
      'another size of request',
      replaced('i32.const 49152)', 'i32.const 49151)'),
      'its request window is not 49152 bytes',
    ],
    [
      'a start that traps',
      replaced('(memory', '(func $s unreachable) (start $s) (memory'),
      'it is not a WebAssembly module',
    ],
  ])('%s', (_, wasm, why) => {
    expect(() => loadEngine(wasm)).toThrow(
      expect.objectContaining({ code: 'engine-unfit', message: `the engine cannot be used: ${why}` }),
    );
  });

  test('a program, layer or state larger than its window', () => {
    const engine = loadEngine(standIn());
    for (const [put, code] of [
      [() => engine.load(new Uint8Array(65_537)), 'program-too-large'],
      [() => engine.pushLayer(new Uint8Array(65_537)), 'layer-too-large'],
      [() => engine.setState(new Uint8Array(16385)), 'state-too-large'],
    ] as const) {
      expect(put).toThrow(expect.objectContaining({ code }));
    }
  });
});
