// What a grant expects (SPEC §6.7): a request inside the scope and outside of that is surprising.

import { describe, expect, test } from 'vitest';
import { cbor } from './assembler.ts';
import {
  BLOCK_2,
  codeOf,
  decide,
  digest,
  engine,
  INITIAL,
  layer,
  open,
  PERMIT,
  program,
  revoke,
  state,
} from './loaded.ts';

const EXPECT_0 = '@expect permit(principal, action, resource) when { context.n == 0 };';
const EXPECT_A = '@expect @id("a") permit(principal, action == Action::"a", resource);';
const SURPRISE =
  '@id("odd") @verdict("approve") forbid(principal, action, resource) when { context.labels.contains("surprising") };';
const expecting = (...policies: string[]) => layer(1, undefined, PERMIT + policies.join(''));
/** The state counts so many surprises. */
const counts = (count: string): string => `0983000000 0a${count} 0b80`.replaceAll(' ', '');

describe('a request', () => {
  test('that is expected is not surprising', () => {
    const loaded = open({ layers: [expecting(EXPECT_0)] });
    expect(decide(loaded)).toMatchObject({ verdict: 'allow', labels: [] });
    expect(state()).toContain(counts('00'));
  });

  test('outside of what a layer expects is allowed, labelled and counted', () => {
    const loaded = open({ layers: [expecting(EXPECT_0)] });
    expect(decide(loaded, { n: 1 })).toMatchObject({ verdict: 'allow', code: 'permitted', labels: ['surprising'] });
    expect(decide(loaded, { n: 1 }).labels).toEqual(['surprising']);
    expect(decide(loaded)).toMatchObject({ labels: [] });
    expect(state()).toContain(counts('02'));
    // Not sticky.
    expect(state()).toContain('0380');
  });

  test('is expected if one of the policies matches', () => {
    const loaded = open({ layers: [expecting(EXPECT_0, EXPECT_A)] });
    expect(decide(loaded, { n: 1 }).labels).toEqual([]);
    expect(decide(loaded, { n: 0, action: 'b' }).labels).toEqual([]);
    expect(decide(loaded, { n: 1, action: 'b' }).labels).toEqual(['surprising']);
  });

  test('must be expected by every layer that expects something', () => {
    const other = layer(2, undefined, PERMIT + EXPECT_A);
    const loaded = open({ layers: [layer(3), expecting(EXPECT_0), other] });
    const labels = ([n, action]: [number, string]) => decide(loaded, { n, action }).labels.length;
    expect(
      (
        [
          [0, 'a'],
          [1, 'a'],
          [0, 'b'],
          [1, 'b'],
        ] as [number, string][]
      ).map(labels),
    ).toEqual([0, 1, 1, 1]);
    expect(state()).toContain(counts('03'));
  });

  test('that a policy of expect errs on is surprising', () => {
    const errs = '@expect permit(principal, action, resource) when { context.n + 9223372036854775807 > 0 };';
    const loaded = open({ layers: [expecting(errs)] });
    expect(decide(loaded)).toMatchObject({ labels: [], errors: [] });
    expect(decide(loaded, { n: 1 })).toMatchObject({ labels: ['surprising'], errors: [], code: 'permitted' });
  });

  test('is not permitted by what is expected', () => {
    const loaded = open({ layers: [layer(1, undefined, EXPECT_0)] });
    expect(decide(loaded)).toMatchObject({ code: 'no-permit', level: 1, labels: [] });
    expect(decide(loaded, { n: 1 })).toMatchObject({ code: 'no-permit', labels: ['surprising'] });
  });

  test('that is blocked is not counted', () => {
    const loaded = open({ policies: PERMIT + BLOCK_2, layers: [expecting(EXPECT_0)] });
    expect(decide(loaded, { n: 2 })).toMatchObject({ code: 'forbidden', labels: ['surprising'] });
    expect(state()).toContain(counts('00'));
  });

  test('that is not evaluated has no label', () => {
    const loaded = open({ layers: [expecting(EXPECT_0)] });
    revoke(digest(1));
    expect(decide(loaded, { n: 1 })).toMatchObject({ code: 'revoked', labels: [] });
    expect(state()).toContain(counts('00'));
  });
});

describe('policies see it', () => {
  test('at level 0 and in layers', () => {
    for (const [policies, inner] of [
      [PERMIT + SURPRISE, ''],
      [PERMIT, SURPRISE],
    ] as const) {
      const loaded = open({ policies, layers: [expecting(EXPECT_0, inner)] });
      expect(codeOf(loaded)).toBe('permitted');
      expect(decide(loaded, { n: 1 })).toMatchObject({
        verdict: 'approve',
        determining: ['odd'],
        labels: ['surprising'],
      });
      // It waits, so it is not blocked.
      expect(state()).toContain(counts('01'));
    }
  });

  test('among other labels, in the order of their bytes', () => {
    const labels = ['z', 'zzzzzzzzzz', 'zzzzzzzzzzz', 'aaaaaaaaaa']
      .map((name) => `@label("${name}") ${PERMIT}`)
      .join('');
    const whole = '["z", "aaaaaaaaaa", "surprising", "zzzzzzzzzz", "zzzzzzzzzzz"]';
    const asks = `@id("all") @verdict("defer") forbid(principal, action, resource) when { context.labels == ${whole} };`;
    const loaded = open({ policies: PERMIT + asks, labels, layers: [expecting(EXPECT_0)] });
    expect(decide(loaded, { n: 1 })).toMatchObject({
      verdict: 'defer',
      labels: ['z', 'aaaaaaaaaa', 'surprising', 'zzzzzzzzzz', 'zzzzzzzzzzz'],
    });
    expect(codeOf(loaded)).toBe('permitted');
  });

  test('in the session, which counts it', () => {
    const twice = '@id("twice") forbid(principal, action, resource) when { context.session.surprising >= 2 };';
    const loaded = open({ policies: PERMIT + twice, layers: [expecting(EXPECT_0)] });
    expect([1, 1, 0, 1].map((n) => codeOf(loaded, { n }))).toEqual([
      'permitted',
      'permitted',
      'forbidden',
      'forbidden',
    ]);
  });

  test('but label policies and what is expected do not', () => {
    const aware = '@expect permit(principal, action, resource) when { context.labels.isEmpty() };';
    const loaded = open({
      labels: `@label("x") ${PERMIT}`,
      layers: [expecting(aware), layer(2, undefined, PERMIT + EXPECT_0)],
    });
    expect(decide(loaded, { n: 1 }).labels).toEqual(['x', 'surprising']);
    expect(decide(loaded).labels).toEqual(['x']);
  });
});

describe('a transaction', () => {
  test('labels all by its source, and counts those that are surprising themselves', () => {
    const loaded = open({ layers: [expecting(EXPECT_0)] });
    const labelsOf = (n: number[]) => decide(loaded, { n }).transaction!.map(({ labels }) => labels);
    expect(labelsOf([1, 0, 1])).toEqual([['surprising'], ['surprising'], ['surprising']]);
    expect(state()).toContain(counts('02'));
    expect(labelsOf([0, 1, 0])).toEqual([[], ['surprising'], []]);
    expect(state()).toContain(counts('03'));
  });

  test('that is blocked counts none', () => {
    const loaded = open({ policies: PERMIT + BLOCK_2, layers: [expecting(EXPECT_0)] });
    expect(codeOf(loaded, { n: [1, 2] })).toBe('forbidden');
    expect(state()).toContain(counts('00'));
  });
});

test('the count does not grow beyond 2^53 − 1', () => {
  const full = INITIAL.replace('0a00', '0a1b001fffffffffffff');
  const loaded = open({ layers: [expecting(EXPECT_0)], state: full });
  expect(codeOf(loaded, { n: 1 })).toBe('permitted');
  expect(state()).toContain('0a1b001fffffffffffff');
});

test('what hangs on an entity is found for what is expected, and for what is decided', () => {
  const here = '(principal == U::"u", action, resource == U::"r")';
  const there = `(principal, action, resource in P::"/w")`;
  const policies = `permit${here}; permit${there} when { context.n == 0 };`;
  const loaded = open({
    layers: [layer(1, undefined, `${policies}@expect permit${there}; @expect permit${here} when { context.n == 0 };`)],
  });
  expect(decide(loaded)).toMatchObject({ code: 'permitted', labels: [] });
  expect(decide(loaded, { n: 1 })).toMatchObject({ code: 'permitted', labels: ['surprising'] });
  expect(decide(loaded, { path: '/w/x' })).toMatchObject({ code: 'permitted', labels: [] });
  expect(decide(loaded, { path: '/w/x', n: 1 })).toMatchObject({ code: 'no-permit', labels: [] });
});

test('no state names the label', () => {
  open();
  const named = INITIAL.replace('0380', `03816a${Buffer.from('surprising').toString('hex')}`);
  expect(engine.setState(cbor(named))).not.toBe(0);
});

test('a layer without a grant may expect too', () => {
  // Its header names no subject.
  const bytes = expecting(EXPECT_0).slice();
  bytes.fill(0, 32, 64);
  const loaded = open({ layers: [bytes] });
  expect(decide(loaded, { n: 1 }).labels).toEqual(['surprising']);
  expect(engine.load(program(PERMIT))).toBe(0);
});
