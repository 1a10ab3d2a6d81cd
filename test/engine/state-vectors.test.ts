// The vectors of the session's state, by the core: each call returns, decides and leaves what the vector says.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decideBytes, loadCore, loadPrograms, noteBytes } from '../differential/core.ts';
import { STATE_INITIAL } from '../../bindings/engine.ts';
import { STATE_VECTORS, text, type Call } from '../vectors/state/make.ts';
import { cbor } from './assembler.ts';

const COUNT = 43;

const core = loadCore();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function answer(call: Call): Call {
  if ('note' in call) {
    const { code, state } = noteBytes(core, cbor(call.note));
    return { note: call.note, returns: code, state: hex(state) };
  }
  const { packed, bytes, state } = decideBytes(core, cbor(call.decide));
  return { decide: call.decide, returns: packed, decision: hex(bytes), state: hex(state) };
}

test('the file is what make.ts writes', () => {
  expect(readFileSync(new URL('../vectors/state/vectors.json', import.meta.url), 'utf8')).toBe(text(STATE_VECTORS));
  expect(STATE_VECTORS).toHaveLength(COUNT);
});

test.each(STATE_VECTORS.map((vector) => [vector.name, vector] as const))('%s', (_, { program, layers, calls }) => {
  loadPrograms(core, [program, ...layers].map(cbor));
  expect(core.setState(STATE_INITIAL)).toBe(0);
  expect(calls.map(answer)).toEqual(calls);
});
