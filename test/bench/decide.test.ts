// Owns: the parts of the bench of decisions: its workload, its table, and how it finds an engine whose answers are
// other than the reference's. Excludes: running it (decide.rest.test.ts).

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { disagreement } from '../../bench/decide/agreement.ts';
import { know, referenceAnswers, type Answer } from '../../bench/decide/reference.ts';
import { formatResults } from '../../bench/decide/table.ts';
import { drawWorkload } from '../../bench/decide/workload.ts';

const MAIN = fileURLToPath(new URL('../../bench/decide/main.ts', import.meta.url));
const CELL = fileURLToPath(new URL('../../bench/decide/cell.ts', import.meta.url));
const bench = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });

test('bench/decide --help explains the table', () => expect(bench('--help').stdout).toContain('opa-wasm'));

const atTen = (p50: number) => new Map([[10, { p50, p99: p50 }]]);

describe('a ratio', () => {
  test.each([
    [0.123, '0.12'],
    [99.4, '99'],
    [99.7, '100'],
    [1234.5, '1,235'],
  ])('of %f is %s', (times, printed) => {
    const results = new Map([
      ['unit', atTen(1)],
      ['other', atTen(times)],
    ]);
    expect(formatResults(results, [10], 'unit').split(/\s+/).at(-1)).toBe(printed);
  });
});

describe('the workload', () => {
  const workload = drawWorkload(1, 1_000, 512);

  test('is the same for the same seed', () => expect(drawWorkload(1, 1_000, 512)).toEqual(workload));

  test('is 70 % permits', () => expect(workload.rules.filter(({ effect }) => effect === 'permit')).toHaveLength(700));

  test('has six directories above a file and four levels of agent', () => {
    for (const { tasks, directories } of workload.requests.map(know)) {
      expect(tasks).toHaveLength(4);
      expect(directories).toHaveLength(6);
    }
  });

  test('has every verdict that its rules can give', () =>
    expect(new Set(referenceAnswers(workload).map(({ verdict }) => verdict))).toEqual(
      new Set(['allow', 'approve', 'read-only', 'block']),
    ));
});

describe('an engine', () => {
  const workload = drawWorkload(1, 10, 8);
  const answers = referenceAnswers(workload);
  const answering = (change: (answer: Answer) => Answer) => {
    const answer = (index: number): Answer => (index === 5 ? change(answers[index]!) : answers[index]!);
    return disagreement({ decide: answer, answer }, workload);
  };

  test('that agrees passes', () => expect(answering((answer) => answer)).toBeUndefined());
  test('need not give a verdict', () => expect(answering(({ allow }) => ({ allow }))).toBeUndefined());
  test("whose answer is not Cedar's is found, with the request", () =>
    expect(answering(({ allow }) => ({ allow: !allow }))).toContain(workload.requests[5]!.path));
  test('whose verdict is another is found', () =>
    expect(answering((answer) => ({ ...answer, verdict: 'defer' }))).toContain('"defer"'));
  test('that the cell does not know fails it', () => {
    const { status, stderr } = spawnSync(process.execPath, [CELL, 'nobody', '10', '8', '1', '1'], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([1, expect.stringContaining('nobody')]);
  });
});
