// Answers to decisions: worked by hand, and what no engine should say.

import { describe, expect, test } from 'vitest';
import { readDecision } from '../../bindings/decision.ts';
import { bytes } from './bytes.ts';
import { decision } from './stand-in.ts';

const APPROVE =
  'ad 0004 0101 0202 0382 8304 6170 f6 8302 6171 6172 0481 6170 0581 6178 0681 6173 0781 6163 0883 f4 8161 31 8161 32'.replaceAll(
    ' ',
    '',
  ) + `095820${'01'.repeat(32)}0a5820${'02'.repeat(32)}0b182a0c5820${'03'.repeat(32)}`;

test('every field has its name', () => {
  expect(readDecision(bytes(APPROVE), 4 | (1 << 8))).toEqual({
    verdict: 'approve',
    code: 'constrained',
    level: 2,
    constraints: [
      { verdict: 'approve', policy: 'p', argument: null },
      { verdict: 'restrict', policy: 'q', argument: 'r' },
    ],
    determining: ['p'],
    errors: ['x'],
    labels: ['s'],
    clearances: ['c'],
    cedar: { decision: 'deny', reasons: ['1'], errors: ['2'] },
    program: '01'.repeat(32),
    authority: '02'.repeat(32),
    version: 42,
    approval: '03'.repeat(32),
  });
});

test('without an approval that is asked for or was used there is none', () => {
  expect(readDecision(bytes(decision(0, 0)), 0)).not.toHaveProperty('approval');
});

test('a transaction is spoken for by the request that decided, with the constraints of all', () => {
  const whole = readDecision(bytes(`82${decision(0, 0)}${APPROVE}`), 4 | (1 << 8));
  expect(whole).toMatchObject({ verdict: 'approve', level: 2, version: 42 });
  expect(whole.constraints).toHaveLength(2);
  expect(whole.transaction?.map(({ verdict }) => verdict)).toEqual(['allow', 'approve']);
});

describe('a fault of the engine', () => {
  const allow = decision(0, 0);
  test.each<[string, string, number]>([
    ['an answer that differs from what was returned', decision(6, 2), 0],
    ['a code that differs from what was returned', decision(6, 2), 6 | (3 << 8)],
    ['an unknown verdict', decision(7, 0), 7],
    ['an unknown code', decision(6, 25), 6 | (25 << 8)],
    ['no answer', '', 0],
    ['an empty transaction', '80', 0],
    ['a cut answer', allow.slice(0, -2), 0],
    ['more than an answer', `${allow}00`, 0],
    ['a field too few', `ac${allow.slice(2, -4)}`, 0],
    ['fields in another order', allow.replace('048005', '058004'), 0],
    ['a negative level', allow.replace('02f6', '0220'), 0],
  ])('%s', (_, answer, packed) => {
    expect(() => readDecision(bytes(answer), packed)).toThrow(expect.objectContaining({ code: 'engine-fault' }));
  });
});
