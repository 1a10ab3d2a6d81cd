// Owns: modules with the engine's ABI that answer as they are told, for what the real engine never does.

import wabt from 'wabt';
import { hex } from './bytes.ts';

const RESPONSE = 0x40000;
const STATE = 0x50000;

interface Answer {
  /** What `decide` returns: `verdict | code << 8`. */
  packed?: number;
  /** The answer's bytes, in hex. */
  answer?: string;
  /** Replaces one export of the module, in WebAssembly text. */
  replace?: [from: string, to: string];
}

const { parseWat } = await wabt();

/** A decision with code `code`, in hex: no lists, digests of zeros, version 1. */
export const decision = (verdict: number, code: number): string =>
  `ad00${hex(verdict)}01${code < 24 ? hex(code) : `18${hex(code)}`}02${verdict === 0 ? 'f6' : '00'}0380048005800680078008f609${ZEROS}0a${ZEROS}0b010cf6`;

const ZEROS = `5820${'00'.repeat(32)}`;

/** The module's bytes. */
export function standIn({ packed = 0x0, answer = decision(0, 0), replace }: Answer = {}): Uint8Array {
  const bytes = answer.replace(/../g, '\\$&');
  const wat = `(module
    (memory (export "memory") 8 8)
    (func (export "abi_version") (result i32) i32.const 1)
    (func (export "program_ptr") (result i32) i32.const 65536)
    (func (export "program_cap") (result i32) i32.const 65536)
    (func (export "request_ptr") (result i32) i32.const 131072)
    (func (export "request_cap") (result i32) i32.const 49152)
    (func (export "response_ptr") (result i32) i32.const ${RESPONSE})
    (func (export "response_cap") (result i32) i32.const 12288)
    (func (export "response_len") (result i32) i32.const ${answer.length / 2})
    (func (export "state_ptr") (result i32) i32.const ${STATE})
    (func (export "state_cap") (result i32) i32.const 16384)
    (func (export "state_len") (result i32) i32.const 19)
    (func (export "load") (param i32) (result i32) i32.const 0)
    (func (export "push_layer") (param i32) (result i32) i32.const 0)
    (func (export "pop_layer") (result i32) i32.const 0)
    (func (export "set_state") (param i32) (result i32) i32.const 0)
    (func (export "note") (param i32) (result i32) i32.const 0)
    (func (export "decide") (param i32) (result i32) i32.const ${packed})
    (data (i32.const ${RESPONSE}) "${bytes}"))`;
  const text = replace === undefined ? wat : wat.replace(...replace);
  const module = parseWat('stand-in.wat', text);
  const { buffer } = module.toBinary({});
  module.destroy();
  return buffer;
}
