// Arithmetic at the ends of 64 bits: what fits is exact, what does not is an error of the policy, never a wrapped
// number.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadEngine } from '../../bindings/engine.ts';
import { assemble, cbor, op, parts, policy, text, uid } from './assembler.ts';

const engine = loadEngine(readFileSync(new URL('../../engine/engine.wasm', import.meta.url)));

// Constants in the order of their bytes.
const VALUES = ['00', '01', '02', '1b7fffffffffffffff', '20', '21', '3b7fffffffffffffff'].map(cbor);
const [ZERO, ONE, TWO, MAX, MINUS_ONE, MINUS_TWO, MIN] = [0, 1, 2, 3, 4, 5, 6];
const ID = 7;
const TIMES = ['a10300', 'a1031b7fffffffffffffff', 'a10320', 'a1033a05265bff', 'a1033b7fffffffffffffff'].map(cbor);
const [EPOCH, LAST, JUST_BEFORE, DAY_BEFORE, FIRST] = [8, 9, 10, 11, 12];
const SPANS = ['a10401', 'a1041a05265bff', 'a10420', 'a1043b7fffffffffffffff'].map(cbor);
const [SPAN_ONE, ALMOST_A_DAY, SPAN_MINUS_ONE, SPAN_MIN] = [13, 14, 15, 16];

const constant = (index: number) => op('CONSTANT', index);
const NO_LAYERS = createHash('sha256').update(Uint8Array.of(0x80)).digest();

/** `true`, `false` or `error`: what a policy with this condition comes to. */
function outcome(code: number[]): string {
  const constants = [...VALUES, text('p0'), ...TIMES, ...SPANS, uid('Action', 'act'), uid('U', 'u')];
  const order = constants.toSorted(Buffer.compare);
  const program = parts({ constants: order, lists: [], policies: [policy({ 0: ID, 15: code.length })], code });
  expect(engine.load(assemble(program))).toBe(0);
  expect(engine.setState(cbor('ac00000100020003800480050006800780088009830000000a000b80'))).toBe(0);
  const [user, action] = [uid('U', 'u'), uid('Action', 'act')];
  const keys = [[0xa6, 0], user, [1], action, [2], user, [3, 0xa0, 4, 0x58, 0x20], NO_LAYERS, [5, 7]];
  const request = Uint8Array.from(keys.flatMap((part) => [...part]));
  engine.request.set(request);
  engine.decide(request.length);
  const cedar = /0883(f[45])(?:80|81627030)(80|81627030)095820/.exec(Buffer.from(engine.decision()).toString('hex'))!;
  if (cedar[1] === 'f5') return 'true';
  return cedar[2] === '80' ? 'false' : 'error';
}

const VECTORS: [string, number[], 'true' | 'error'][] = [
  ['−MIN', [constant(MIN), op('NEG')], 'error'],
  ['−MAX = MIN + 1', [constant(MAX), op('NEG'), constant(MIN), constant(ONE), op('ADD'), op('EQ')], 'true'],
  ['MAX + 1', [constant(MAX), constant(ONE), op('ADD')], 'error'],
  ['MIN + −1', [constant(MIN), constant(MINUS_ONE), op('ADD')], 'error'],
  ['MAX + MIN = −1', [constant(MAX), constant(MIN), op('ADD'), constant(MINUS_ONE), op('EQ')], 'true'],
  ['MIN − 1', [constant(MIN), constant(ONE), op('SUB')], 'error'],
  ['0 − MIN', [constant(ZERO), constant(MIN), op('SUB')], 'error'],
  ['−1 − MIN = MAX', [constant(MINUS_ONE), constant(MIN), op('SUB'), constant(MAX), op('EQ')], 'true'],
  ['MIN × −1', [constant(MIN), constant(MINUS_ONE), op('MUL')], 'error'],
  ['−1 × MIN', [constant(MINUS_ONE), constant(MIN), op('MUL')], 'error'],
  ['MAX × 2', [constant(MAX), constant(TWO), op('MUL')], 'error'],
  ['MAX × −2', [constant(MAX), constant(MINUS_TWO), op('MUL')], 'error'],
  ['MIN × 1 = MIN', [constant(MIN), constant(ONE), op('MUL'), constant(MIN), op('EQ')], 'true'],
  ['MIN × 0 = 0', [constant(MIN), constant(ZERO), op('MUL'), constant(ZERO), op('EQ')], 'true'],
  ['MIN < MAX', [constant(MIN), constant(MAX), op('LT')], 'true'],
  ['the date of the first millisecond', [constant(FIRST), op('TO_DATE')], 'error'],
  ['the last time offset by 1 ms', [constant(LAST), constant(SPAN_ONE), op('OFFSET')], 'error'],
  ['the first time offset by −1 ms', [constant(FIRST), constant(SPAN_MINUS_ONE), op('OFFSET')], 'error'],
  ['1970 since the first time', [constant(EPOCH), constant(FIRST), op('DURATION_SINCE')], 'error'],
  [
    'the first time since 1970',
    [constant(FIRST), constant(EPOCH), op('DURATION_SINCE'), constant(SPAN_MIN), op('EQ')],
    'true',
  ],
  ['the date of 1 ms before 1970', [constant(JUST_BEFORE), op('TO_DATE'), constant(DAY_BEFORE), op('EQ')], 'true'],
  ['the time of 1 ms before 1970', [constant(JUST_BEFORE), op('TO_TIME'), constant(ALMOST_A_DAY), op('EQ')], 'true'],
  ['−1 ms in seconds is 0', [constant(SPAN_MINUS_ONE), op('TO_SECONDS'), constant(ZERO), op('EQ')], 'true'],
];

for (const [name, code, expected] of VECTORS) {
  test(name, () => {
    // An error shows as one only in front of something true of any value.
    const condition = expected === 'error' ? [...code, constant(ZERO), op('EQ'), op('NOT')] : code;
    expect(outcome(condition)).toBe(expected);
  });
}
