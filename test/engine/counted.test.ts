// Permits with a count (SPEC §6.8): they match so many times in a session, whatever else permits it.

import { describe, expect, test } from 'vitest';
import { encodeRevocation } from '../../bindings/event.ts';
import {
  approve,
  APPROVE,
  BLOCK_2,
  codeOf,
  decide,
  digest,
  head,
  hex,
  INITIAL,
  layer,
  noted,
  open,
  PERMIT,
  sha256,
  state,
  times,
} from './loaded.ts';

const counted = (count: number, rest = '(principal, action, resource)') => `@count("${count}") permit${rest};`;
/** What the uses of a permit are counted under. */
const keyOf = (n: number, index: number): string => hex(sha256(digest(n), Uint8Array.of(index, 0, 0, 0)));
const uses = (...entries: [string, string][]): string =>
  `06${head(entries.length)}${entries
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, count]) => `825820${key}${count}`)
    .join('')}`;
/** A state with a use of each of so many subjects that no permit has. */
const full = (count: number): string =>
  INITIAL.replace('0680', uses(...Array.from({ length: count }, (_, n): [string, string] => [hex(digest(n)), '01'])));

describe('a counted permit', () => {
  test('matches so many times', () => {
    const loaded = open({ layers: [layer(1, undefined, counted(2))] });
    expect(times(4, loaded)).toEqual(['permitted', 'permitted', 'no-permit', 'no-permit']);
    expect(decide(loaded)).toMatchObject({ level: 1, determining: [] });
    expect(state()).toContain(uses([keyOf(1, 0), '02']));
  });

  test('is counted by its place among the policies of its grant', () => {
    const other = '@id("b") permit(principal, action == Action::"b", resource);';
    const loaded = open({ layers: [layer(1, undefined, `${other}${counted(1)}`)] });
    expect(times(2, loaded)).toEqual(['permitted', 'no-permit']);
    expect(state()).toContain(uses([keyOf(1, 1), '01']));
    expect(codeOf(loaded, { action: 'b' })).toBe('permitted');
  });

  test('that is counted out leaves others to permit', () => {
    const loaded = open({ layers: [layer(1, undefined, `${counted(1)}${PERMIT}`)] });
    expect(times(1, loaded)).toEqual(['permitted']);
    expect(times(2, loaded)).toEqual(['permitted', 'permitted']);
    expect(state()).toContain(uses([keyOf(1, 0), '01']));
  });

  test('that is counted out is not evaluated: it does not err', () => {
    const errs = '@count("1") permit(principal, action, resource) when { context.n + 9223372036854775807 > 0 };';
    const block = `${errs}${PERMIT}@id("no") forbid(principal, action, resource) when { context.n == 2 };`;
    const loaded = open({ layers: [layer(1, undefined, block)] });
    expect(decide(loaded, { n: 2 })).toMatchObject({ code: 'forbidden', errors: ['policy0'] });
    expect(decide(loaded)).toMatchObject({ code: 'permitted' });
    expect(decide(loaded, { n: 2 })).toMatchObject({ code: 'forbidden', errors: [] });
  });

  test('is not counted where it does not match, nor where nothing is released', () => {
    const policies = `${counted(1, '(principal, action == Action::"a", resource)')}${PERMIT}`;
    const loaded = open({ policies: PERMIT + APPROVE + BLOCK_2, layers: [layer(1, undefined, policies)] });
    expect(codeOf(loaded, { action: 'b' })).toBe('permitted');
    expect([1, 2].map((n) => decide(loaded, { n }).verdict)).toEqual(['approve', 'block']);
    expect(state()).toContain('0680');
    approve(decide(loaded, { n: 1 }).approval!, 1000);
    expect(codeOf(loaded, { n: 1 })).toBe('approved');
    expect(state()).toContain(uses([keyOf(1, 0), '01']));
  });

  test('is counted though the request is continued', () => {
    const loaded = open({ layers: [layer(1, undefined, counted(2))] });
    expect(times(3, loaded, { continued: true })).toEqual(['permitted', 'permitted', 'no-permit']);
  });

  test('is counted beside the uses of its layer', () => {
    const loaded = open({ layers: [layer(1, 2, counted(1))] });
    expect(times(2, loaded)).toEqual(['permitted', 'no-permit']);
    expect(state()).toContain(uses([hex(digest(1)), '01'], [keyOf(1, 0), '01']));
  });

  test('of the greatest count', () => {
    const most = 2 ** 32 - 1;
    const last = INITIAL.replace('0680', uses([keyOf(1, 0), '1afffffffe']));
    expect(times(2, open({ layers: [layer(1, undefined, counted(most))], state: last }))).toEqual([
      'permitted',
      'no-permit',
    ]);
  });

  test('determines as any other', () => {
    const loaded = open({ policies: PERMIT, layers: [layer(1, undefined, counted(9))] });
    expect(decide(loaded)).toMatchObject({ verdict: 'allow', determining: ['policy0'] });
  });
});

describe('a transaction', () => {
  test('takes one use of each permit that matched in any of its requests', () => {
    const policies = `${counted(2)}${counted(5, '(principal, action, resource) when { context.n == 1 }')}`;
    const loaded = open({ layers: [layer(1, undefined, policies)] });
    expect(codeOf(loaded, { n: [0, 1, 1, 0] })).toBe('permitted');
    expect(state()).toContain(uses([keyOf(1, 0), '01'], [keyOf(1, 1), '01']));
    expect(codeOf(loaded, { n: [0, 0] })).toBe('permitted');
    expect(codeOf(loaded, { n: [1, 0] })).toBe('no-permit');
    expect(state()).toContain(uses([keyOf(1, 0), '02'], [keyOf(1, 1), '01']));
    expect(codeOf(loaded, { n: [1, 1] })).toBe('permitted');
    expect(state()).toContain(uses([keyOf(1, 0), '02'], [keyOf(1, 1), '02']));
  });
});

describe('places in the state', () => {
  test('where there is none the request is refused, and with one it fits', () => {
    expect(codeOf(open({ layers: [layer(1, undefined, counted(1))], state: full(63) }))).toBe('permitted');
    const loaded = open({ layers: [layer(1, undefined, counted(1))], state: full(64) });
    expect(decide(loaded)).toMatchObject({ verdict: 'block', code: 'state-limit', level: 0 });
    expect(state()).toContain(full(64).slice(full(64).indexOf('0698')).slice(0, 64));
  });

  test('a layer and its permit need two, two permits too', () => {
    expect(codeOf(open({ layers: [layer(99, 1, counted(1))], state: full(63) }))).toBe('state-limit');
    expect(codeOf(open({ layers: [layer(1, 9, counted(1))], state: full(63) }))).toBe('permitted');
    expect(codeOf(open({ layers: [layer(1, undefined, counted(1) + counted(1))], state: full(63) }))).toBe(
      'state-limit',
    );
    expect(codeOf(open({ layers: [layer(1, undefined, counted(1) + counted(1))], state: full(62) }))).toBe('permitted');
  });

  test('layers of one grant have permits of one name', () => {
    const loaded = open({
      layers: [layer(1, undefined, counted(3)), layer(1, undefined, counted(4))],
      state: full(63),
    });
    expect(times(3, loaded)).toEqual(['permitted', 'permitted', 'no-permit']);
    expect(state()).toContain(`825820${keyOf(1, 0)}04`);
  });

  test('more permits than there are places are refused, however many', () => {
    const many = Array.from({ length: 65 }, () => counted(1)).join('');
    expect(codeOf(open({ layers: [layer(1, undefined, many)] }))).toBe('state-limit');
    expect(state()).toContain('0680');
    const fits = open({ layers: [layer(1, undefined, Array.from({ length: 64 }, () => counted(1)).join(''))] });
    expect(times(2, fits)).toEqual(['permitted', 'no-permit']);
  });

  test('what is counted stays when the layer is gone and comes back', () => {
    const once = layer(1, undefined, counted(1));
    const loaded = open({ layers: [once] });
    times(1, loaded);
    const before = state();
    const again = open({ layers: [once], state: before });
    expect(codeOf(again)).toBe('no-permit');
    expect(noted(encodeRevocation(digest(1)))).toBe('noted');
    expect(codeOf(again)).toBe('revoked');
  });
});
