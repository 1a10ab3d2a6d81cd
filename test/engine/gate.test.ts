// The gate holds the engine, and each of its rules catches a module that breaks just that rule.

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { WASM } from '../../engine/build.ts';
import { assemble, gateFaults } from './gate.ts';

const NAMES = (
  'abi_version program_ptr program_cap request_ptr request_cap response_ptr response_cap response_len ' +
  'state_ptr state_cap state_len load push_layer pop_layer set_state decide note'
).split(' ');

interface Parts {
  memory?: string;
  imports?: string;
  fields?: string;
  names?: string[];
}

/** A module that passes the gate unless a part of it is replaced. */
function plant({ memory = '1 1', imports = '', fields = '', names = NAMES }: Parts): Uint8Array {
  const exported = names.map((name) => `(func (export "${name}") (result i32) (i32.const 0))`);
  return assemble(`(module ${imports} (memory (export "memory") ${memory}) ${exported.join(' ')} ${fields})`);
}

test('the engine passes the gate', async () => {
  expect(gateFaults(await readFile(WASM))).toEqual([]);
});

test('a module with nothing planted passes', () => {
  expect(gateFaults(plant({}))).toEqual([]);
});

const PLANTED: [string, Parts, RegExp][] = [
  ['an import', { imports: '(import "env" "now" (func (result i32)))' }, /^imports something$/],
  ['an export too many', { names: [...NAMES, 'debug'] }, /^exports other/],
  ['an export too few', { names: NAMES.slice(1) }, /^exports other/],
  ['a float', { fields: '(func (result i32) (i32.trunc_f64_s (f64.const 1)))' }, /^uses floats$/],
  ['memory.grow', { fields: '(func (result i32) (memory.grow (i32.const 1)))' }, /^grows memory$/],
  ['a table', { fields: '(table 1 funcref)' }, /^calls indirectly/],
  ['an indirect call', { fields: '(table 1 funcref) (func (call_indirect (i32.const 0)))' }, /^calls indirectly/],
  ['a start function', { fields: '(func $go) (start $go)' }, /^has a start/],
  ['memory that may grow', { memory: '1 2' }, /^memory is not fixed$/],
  ['memory without a maximum', { memory: '1' }, /^memory is not fixed$/],
  ['a function calling itself', { fields: '(func $a (call $a))' }, /^recurses/],
  ['two functions calling each other', { fields: '(func $a (call $b)) (func $b (call $a))' }, /^recurses/],
  ['SIMD', { fields: '(func (drop (i32x4.splat (i32.const 1))))' }, /^needs a feature/],
  ['a larger module', { fields: `(data (i32.const 0) "${'x'.repeat(66_000)}")`, memory: '2 2' }, /^is larger/],
];

for (const [name, parts, rule] of PLANTED) {
  test(`planted: ${name}`, () => {
    const faults = gateFaults(plant(parts));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(rule);
  });
}
