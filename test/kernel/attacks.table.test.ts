// The table of attacks and the programs in attacks/ are one list, and what an attack prints is read strictly.

import { expect, test } from 'vitest';
import { attackNames, outcomeOf } from './attacks/run.ts';
import { ALONE, ATTACKS, isRefusal, ONE_OF_EACH } from './attacks/table.ts';

const stopped = (why: string, name = 'open-directly'): boolean => isRefusal(name, { outcome: 'BLOCKED', why });

test('every attack has its row, and every row its attack', () => {
  expect(ATTACKS.map(({ name }) => name).toSorted()).toEqual(attackNames().toSorted());
});

test('a loss under mediation says why', () => {
  expect(ATTACKS.filter(({ mediated, note }) => mediated === 'WON' && !note)).toEqual([]);
});

test('an attack that has a run of its own is in the table', () => {
  expect(Object.keys(ALONE).filter((name) => !attackNames().includes(name))).toEqual([]);
});

test('one attack of each family is an attack, each named once', () => {
  expect(ONE_OF_EACH.filter((name) => !attackNames().includes(name))).toEqual([]);
  expect(new Set(ONE_OF_EACH).size).toBe(ONE_OF_EACH.length);
});

test('an attack that missed its target is no attack that was refused', () => {
  expect(stopped('open: EACCES')).toBe(true);
  expect(stopped('the log stood')).toBe(true);
  expect(stopped('open: EFAULT', 'dumpable-zero')).toBe(true);
  for (const errno of ['ENOENT', 'EFAULT', 'EMFILE', 'EIO']) expect(stopped(`open: ${errno}`)).toBe(false);
});

test('anything but one line and its status is a fault', () => {
  expect(outcomeOf('WON: all\n', '', 0)).toEqual({ outcome: 'WON', why: 'all' });
  for (const [said, code] of [
    ['WON: all\n', 1],
    ['BLOCKED: EACCES\n', 0],
    ['BLOCKED: EACCES\n', null],
    ['BLOCKED: \n', 1],
    ['WON: all\nWON: all\n', 0],
    ['', 1],
  ] as const) {
    expect(outcomeOf(said, '', code).outcome).toBe('FAULT');
  }
});
