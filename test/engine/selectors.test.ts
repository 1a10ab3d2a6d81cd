// Approvals by selector (SPEC §6.6): of which requests they lift what asks for approval, at which level, and how often.

import { describe, expect, test } from 'vitest';
import { encodeSelector, type Selector } from '../../bindings/event.ts';
import {
  APPROVE,
  approve,
  BLOCK_2,
  codeOf,
  decide,
  digest,
  hex,
  layer,
  noted,
  open,
  PERMIT,
  program,
  SELECTOR,
  state,
  times,
  type Asked,
} from './loaded.ts';

const select = (parts: Partial<Selector> = {}): string => noted(encodeSelector({ ...SELECTOR, ...parts }));
const standing = (parts: Partial<Selector> = {}): string => hex(encodeSelector({ ...SELECTOR, ...parts })).slice(4, -2);

const POLICIES = PERMIT + APPROVE + BLOCK_2;
const ASKS: Asked = { n: 1, path: '/w/x' };
const asking = (options: Parameters<typeof open>[0] = {}) => open({ policies: POLICIES, ...options });

describe('a selector', () => {
  test('lifts what asks for approval, so many times', () => {
    const loaded = asking();
    const before = decide(loaded, ASKS);
    expect(before).toMatchObject({ verdict: 'approve', code: 'constrained', level: 0 });
    expect(select({ uses: 2 })).toBe('noted');
    expect(decide(loaded, ASKS)).toMatchObject({
      verdict: 'allow',
      code: 'approved',
      level: null,
      constraints: [],
      determining: ['policy0'],
      approval: before.approval,
    });
    expect(state()).toContain(`0b81${standing({ uses: 1 })}`);
    expect(times(2, loaded, ASKS)).toEqual(['approved', 'constrained']);
    expect(state()).toContain('0b80');
  });

  test.each<[string, Asked]>([
    ['what it names', { n: 1, path: '/w' }],
    ['what is far below', { n: 1, path: '/w/x/y/z' }],
  ])('applies to %s', (_, asked) => {
    const loaded = asking();
    select();
    expect(codeOf(loaded, asked)).toBe('approved');
  });

  test.each<[string, Asked]>([
    ['another action', { ...ASKS, action: 'b' }],
    ['a place beside', { ...ASKS, path: '/wx' }],
    ['the place above', { ...ASKS, path: '/' }],
    ['a resource of another type', { n: 1 }],
    ['content, where it names none', { ...ASKS, content: '' }],
    ['a time at its expiry', { ...ASKS, timeMs: 1000 }],
  ])('does not apply to %s, and stays', (_, asked) => {
    const loaded = asking();
    select();
    expect(codeOf(loaded, asked)).toBe('constrained');
    expect(state()).toContain(standing());
    expect(codeOf(loaded, { ...ASKS, timeMs: 999 })).toBe('approved');
  });

  test('of content applies to that content alone', () => {
    const loaded = asking();
    select({ content: 'good' });
    expect(
      [undefined, '', 'goo', 'good!', 'evil'].map((content) =>
        codeOf(loaded, { ...ASKS, ...(content === undefined ? {} : { content }) }),
      ),
    ).toEqual(Array<string>(5).fill('constrained'));
    expect(codeOf(loaded, { ...ASKS, content: 'good' })).toBe('approved');
  });

  test('of a resource that is in nothing', () => {
    const loaded = asking();
    select({ within: { type: 'U', id: 'r' } });
    expect(codeOf(loaded, { n: 1 })).toBe('approved');
  });

  test('of a type that the schema lacks applies to nothing', () => {
    const loaded = asking();
    select({ within: { type: 'Nothing', id: '/w' } });
    expect(codeOf(loaded, ASKS)).toBe('constrained');
  });

  test('of a time before 1970 has not expired', () => {
    const loaded = asking();
    select({ expiresMs: 0 });
    expect(codeOf(loaded, { ...ASKS, timeMs: 0 })).toBe('constrained');
    expect(codeOf(loaded, { ...ASKS, timeMs: -1 })).toBe('approved');
  });

  test('takes nothing where nothing asks', () => {
    const loaded = asking();
    select();
    expect(codeOf(loaded, { ...ASKS, n: 0 })).toBe('permitted');
    expect(codeOf(loaded, { ...ASKS, n: 2 })).toBe('forbidden');
    expect(state()).toContain(standing());
  });

  test('lifts no other constraint, and is not used where nothing is released', () => {
    const policies = `${POLICIES}@id("later") @verdict("defer") forbid(principal, action, resource) when { context.session.requests < 1 };`;
    const loaded = asking({ policies });
    select();
    const first = decide(loaded, ASKS);
    expect(first).toMatchObject({ verdict: 'defer', determining: ['later'], constraints: [{ policy: 'later' }] });
    expect(first.approval).toHaveLength(64);
    expect(state()).toContain(standing());
    expect(codeOf(loaded, ASKS)).toBe('approved');
  });

  test('is left where an approval of the very request stands', () => {
    const loaded = asking();
    const { approval } = decide(loaded, ASKS);
    select();
    approve(approval!, 1000);
    expect(codeOf(loaded, ASKS)).toBe('approved');
    expect(state()).toContain(`0780`);
    expect(state()).toContain(standing());
  });

  test('the first of several is used', () => {
    const loaded = asking();
    const both = [{ within: { type: 'P', id: '/' } }, {}];
    for (const parts of both) select(parts);
    expect(codeOf(loaded, ASKS)).toBe('approved');
    // `/` comes before `/w`.
    expect(state()).toContain(`0b81${standing()}`);
  });
});

describe('a level', () => {
  test('is lifted by a selector of its own alone', () => {
    const loaded = asking({ layers: [layer(1, undefined, PERMIT + APPROVE), layer(2, undefined, PERMIT + APPROVE)] });
    const codes = () => [decide(loaded, ASKS).code, decide(loaded, ASKS).level];
    select({ uses: 9 });
    expect(codes()).toEqual(['constrained', 1]);
    select({ uses: 9, subject: digest(2) });
    expect(codes()).toEqual(['constrained', 1]);
    expect(decide(loaded, ASKS).constraints).toMatchObject([{ policy: 'ask' }]);
    // Nothing was released so far.
    expect(state()).toContain(`0b82${standing({ uses: 9 })}${standing({ uses: 9, subject: digest(2) })}`);
    select({ uses: 9, subject: digest(1) });
    expect(codes()).toEqual(['approved', null]);
    expect(state()).toContain(standing({ uses: 7, subject: digest(1) }));
    expect(state()).toContain(standing({ uses: 7 }));
  });

  test('of another grant lifts nothing', () => {
    const loaded = open({ layers: [layer(1, undefined, PERMIT + APPROVE)] });
    select();
    select({ subject: digest(2) });
    expect(codeOf(loaded, ASKS)).toBe('constrained');
  });

  test('without a grant is lifted by no selector', () => {
    const loaded = open({ layers: [program(PERMIT + APPROVE)] });
    select();
    expect(decide(loaded, ASKS)).toMatchObject({ code: 'constrained', level: 1 });
  });

  test('and another of the same grant are both lifted, for one use', () => {
    const loaded = open({ layers: [layer(1, undefined, PERMIT + APPROVE), layer(1, undefined, PERMIT + APPROVE)] });
    select({ subject: digest(1), uses: 2 });
    expect(codeOf(loaded, ASKS)).toBe('approved');
    expect(state()).toContain(standing({ subject: digest(1), uses: 1 }));
  });
});

describe('a transaction', () => {
  test('takes one use of a selector, whichever requests it lifts', () => {
    const loaded = asking();
    select({ uses: 2 });
    const whole = decide(loaded, { ...ASKS, n: [0, 1, 1] });
    expect(whole.transaction!.map(({ code }) => code)).toEqual(['permitted', 'approved', 'approved']);
    expect(state()).toContain(standing({ uses: 1 }));
  });

  test('is asked for as a whole where one request is not lifted, and nothing is used', () => {
    const policies = `${PERMIT}@verdict("approve") forbid(principal, action, resource) when { context.n == 1 || context.n == 3 };`;
    const inner = `${PERMIT}@verdict("approve") forbid(principal, action, resource) when { context.n == 3 };`;
    const loaded = open({ policies, layers: [layer(1, undefined, inner)] });
    select();
    const whole = decide(loaded, { ...ASKS, n: [1, 3] });
    expect(whole.transaction!.map(({ code, level }) => [code, level])).toEqual([
      ['approved', null],
      ['constrained', 1],
    ]);
    expect(whole.verdict).toBe('approve');
    expect(state()).toContain(standing());
  });

  test('that is blocked uses none', () => {
    const loaded = asking();
    select();
    expect(codeOf(loaded, { ...ASKS, n: [1, 2] })).toBe('forbidden');
    expect(state()).toContain(standing());
  });
});

test('none is used where the state would hold too much', () => {
  const places = Array.from({ length: 65 }, () => '@count("1") permit(principal, action, resource);').join('');
  const loaded = asking({ layers: [layer(1, undefined, places)] });
  select();
  expect(codeOf(loaded, ASKS)).toBe('state-limit');
  expect(state()).toContain(standing());
});
