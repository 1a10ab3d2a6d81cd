// Uses, approvals, revocations and drift (SPEC §6.5, §6.6), rule by rule, with the digests computed here.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CODES } from '../../bindings/codes.ts';
import { loadEngine } from '../../bindings/engine.ts';
import { encodeApproval, encodeRevocation } from '../../bindings/event.ts';
import { cbor } from './assembler.ts';
import {
  engine,
  INITIAL,
  PERMIT,
  APPROVE,
  BLOCK_2,
  sha256,
  hex,
  digest,
  head,
  program,
  open,
  requestBytes,
  decide,
  codeOf,
  times,
  approve,
  revoke,
  noted,
  state,
  layer,
  type Asked,
  type Loaded,
} from './loaded.ts';

/** A state that counts so many uses of digest 1, in hex. */
const countedUses = (count: string): string => INITIAL.replace('0680', `0681825820${hex(digest(1))}${count}`);
/** A state with a use of each of so many subjects: of every second digest. */
const withUses = (count: number) =>
  INITIAL.replace(
    '0680',
    `06${head(count)}${Array.from({ length: count }, (_, i) => `825820${hex(digest(2 * i))}01`).join('')}`,
  );
const approvalOf = (loaded: Loaded, asked: Asked): string => decide(loaded, asked).approval!;

describe('uses', () => {
  test('as many requests are released as there are uses', () => {
    const loaded = open({ layers: [layer(1, 3)] });
    expect(times(5, loaded)).toEqual(['permitted', 'permitted', 'permitted', 'used-up', 'used-up']);
    expect(state()).toContain(`0681825820${hex(digest(1))}03`);
  });

  test('nothing is evaluated once they are counted out, and the level is that of the layer', () => {
    const loaded = open({ layers: [layer(1), layer(2, 1)] });
    times(1, loaded);
    expect(decide(loaded)).toMatchObject({ verdict: 'block', code: 'used-up', level: 2, cedar: null, labels: [] });
  });

  test('of several layers that are used up the outermost is named', () => {
    const loaded = open({ layers: [layer(1, 1), layer(2, 1)] });
    times(1, loaded);
    expect(decide(loaded)).toMatchObject({ code: 'used-up', level: 1 });
  });

  test('what is blocked, deferred or waits for approval takes none', () => {
    const defer = '@verdict("defer") forbid(principal, action, resource) when { context.n == 3 };';
    const loaded = open({ policies: `${PERMIT}${APPROVE}${BLOCK_2}${defer}`, layers: [layer(1, 1)] });
    expect([1, 2, 3].map((n) => decide(loaded, { n }).verdict)).toEqual(['approve', 'block', 'defer']);
    expect(state()).toContain('0680');
    expect(times(2, loaded)).toEqual(['permitted', 'used-up']);
  });

  test('what is released with a constraint takes one', () => {
    const restrict = '@verdict("read-only") forbid(principal, action, resource);';
    const loaded = open({ policies: `${PERMIT}${restrict}`, layers: [layer(1, 1)] });
    expect(times(2, loaded)).toEqual(['constrained', 'used-up']);
  });

  test('a transaction takes one', () => {
    const loaded = open({ layers: [layer(1, 2)] });
    expect(times(3, loaded, { n: [0, 5, 6] })).toEqual(['permitted', 'permitted', 'used-up']);
  });

  test('a blocked transaction takes none', () => {
    const loaded = open({ policies: PERMIT + BLOCK_2, layers: [layer(1, 1)] });
    expect(codeOf(loaded, { n: [0, 2] })).toBe('forbidden');
    expect(codeOf(loaded)).toBe('permitted');
  });

  test('continued counts nothing, and passes though all are counted out', () => {
    const loaded = open({ layers: [layer(1, 1)] });
    times(1, loaded);
    expect(times(3, loaded, { continued: true })).toEqual(['permitted', 'permitted', 'permitted']);
    expect(state()).toContain(`0681825820${hex(digest(1))}01`);
  });

  test('continued is refused where no use is counted', () => {
    const loaded = open({ layers: [layer(1), layer(2, 4)] });
    expect(decide(loaded, { continued: true })).toMatchObject({ code: 'used-up', level: 2 });
    expect(codeOf(open({ layers: [layer(1)] }), { continued: true })).toBe('permitted');
    expect(codeOf(open(), { continued: true })).toBe('permitted');
  });

  test('layers of one subject each count one', () => {
    const loaded = open({ layers: [layer(1, 3), layer(1, 4)] });
    expect(times(3, loaded)).toEqual(['permitted', 'permitted', 'used-up']);
    expect(state()).toContain(`0681825820${hex(digest(1))}04`);
  });

  test('the greatest number of uses is a number, not none', () => {
    const most = 2 ** 32 - 1;
    expect(codeOf(open({ layers: [layer(1, most)], state: countedUses('1afffffffe') }))).toBe('permitted');
    expect(state()).toContain('1affffffff');
    expect(codeOf(open({ layers: [layer(1, most)], state: countedUses('1affffffff') }))).toBe('used-up');
  });

  test('a 65th subject does not fit', () => {
    expect(codeOf(open({ layers: [layer(1, 9)], state: withUses(63) }))).toBe('permitted');
    const loaded = open({ layers: [layer(1, 9)], state: withUses(64) });
    expect(decide(loaded)).toMatchObject({ verdict: 'block', code: 'state-limit', level: 0 });
    expect(state()).toContain(withUses(64).slice(withUses(64).indexOf('0698')));
  });

  test('two layers need two places, unless their subject is the same', () => {
    expect(codeOf(open({ layers: [layer(1, 9), layer(3, 9)], state: withUses(63) }))).toBe('state-limit');
    expect(codeOf(open({ layers: [layer(1, 9), layer(1, 9)], state: withUses(63) }))).toBe('permitted');
    expect(codeOf(open({ layers: [layer(1, 9), layer(2, 9)], state: withUses(63) }))).toBe('permitted');
  });

  test('with no place left, what is not released and what counts nothing passes', () => {
    const loaded = open({ policies: PERMIT + APPROVE, layers: [layer(1, 9)], state: withUses(64) });
    expect(codeOf(loaded, { n: 1 })).toBe('constrained');
    expect(codeOf(open({ layers: [layer(0, 9)], state: withUses(64) }))).toBe('permitted');
  });
});

const after = (bytes: Uint8Array, first: number, ...more: number[]) =>
  Uint8Array.of(first, ...bytes.subarray(1), ...more);
const packedOf = (bytes: Uint8Array): string => {
  engine.request.set(bytes);
  return CODES[engine.decide(bytes.length) >> 8]!;
};

describe('continued', () => {
  test('is true or not there, after all other keys', () => {
    const plain = requestBytes(open(), {});
    expect(packedOf(after(plain, 0xa7, 7, 0xf5))).toBe('permitted');
    expect(packedOf(after(plain, 0xa8, 6, 0x80, 7, 0xf5))).toBe('permitted');
    for (const [first, ...more] of [
      [0xa7, 7, 0xf4],
      [0xa7, 7, 0xf6],
      [0xa7, 7],
      [0xa7],
      [0xa6, 7, 0xf5],
      [0xa8, 7, 0xf5],
      [0xa8, 7, 0xf5, 6, 0x80],
      [0xa8, 6, 0x80],
      [0xa9, 6, 0x80, 7, 0xf5, 8, 0xf5],
    ] as [number, ...number[]][]) {
      expect(packedOf(after(plain, first, ...more))).toBe('malformed-request');
    }
  });

  test('is so for all requests of a transaction or for none', () => {
    const plain = requestBytes(open(), {});
    const continued = after(plain, 0xa7, 7, 0xf5);
    expect(packedOf(Uint8Array.of(0x82, ...continued, ...continued))).toBe('permitted');
    expect(packedOf(Uint8Array.of(0x82, ...continued, ...plain))).toBe('malformed-request');
    expect(packedOf(Uint8Array.of(0x82, ...plain, ...continued))).toBe('malformed-request');
  });
});

describe('revocations', () => {
  test('a revoked layer judges nothing, at its level', () => {
    const loaded = open({ layers: [layer(1), layer(2), layer(3)] });
    expect(revoke(digest(3))).toBe('noted');
    expect(revoke(digest(2))).toBe('noted');
    expect(decide(loaded)).toMatchObject({ verdict: 'block', code: 'revoked', level: 2, cedar: null });
    expect(decide(loaded, { n: [0, 0] }).transaction?.map(({ code }) => code)).toEqual(['revoked', 'revoked']);
  });

  test('of another subject it means nothing', () => {
    const loaded = open({ layers: [layer(1), program(PERMIT)] });
    expect([revoke(digest(2)), revoke(new Uint8Array(32))]).toEqual(['noted', 'noted']);
    expect(codeOf(loaded)).toBe('permitted');
  });

  test('comes before uses, whatever the levels, and after the authority', () => {
    const loaded = open({ layers: [layer(1, 1), layer(2)] });
    times(1, loaded);
    revoke(digest(2));
    expect(decide(loaded)).toMatchObject({ code: 'revoked', level: 2 });
    expect(decide({ ...loaded, authority: digest(9) })).toMatchObject({ code: 'authority-mismatch', level: 0 });
  });

  test('noted again it changes the version only', () => {
    open();
    revoke(digest(1));
    const once = state();
    expect(revoke(digest(1))).toBe('noted');
    expect(state()).toBe(once.replace('ac0001', 'ac0002'));
  });

  test('the 65th does not fit and changes nothing', () => {
    open();
    for (let n = 64; n > 0; n--) expect(revoke(digest(n))).toBe('noted');
    const full = state();
    expect(full).toContain(`089840${Array.from({ length: 64 }, (_, n) => `5820${hex(digest(n + 1))}`).join('')}`);
    expect(revoke(digest(65))).toBe('state-limit');
    expect(state()).toBe(full);
    expect(revoke(digest(7))).toBe('noted');
  });
});

describe('approvals', () => {
  const POLICIES = PERMIT + APPROVE + BLOCK_2;
  const asking = (options: Parameters<typeof open>[0] = {}) => open({ policies: POLICIES, ...options });

  test('the digest is that of program, layers and what is asked: not of time, authority key or continuation', () => {
    const loaded = asking({ layers: [layer(1)] });
    const bytes = requestBytes(loaded, { n: 1 });
    const end = hex(bytes).lastIndexOf(`045820${hex(loaded.authority)}`) / 2;
    const expected = hex(sha256(sha256(loaded.program), loaded.authority, bytes.subarray(1, end)));
    expect(approvalOf(loaded, { n: 1 })).toBe(expected);
    expect(approvalOf(loaded, { n: 1, timeMs: 7, continued: true })).toBe(expected);
    expect(approvalOf(loaded, { n: 1, action: 'b' })).not.toBe(expected);
  });

  test('one is named only where it is asked for or was used', () => {
    const loaded = asking();
    expect(decide(loaded)).not.toHaveProperty('approval');
    expect(decide(loaded, { n: 2 })).not.toHaveProperty('approval');
    expect(decide(loaded, { n: 1 })).toMatchObject({ verdict: 'approve', code: 'constrained', determining: ['ask'] });
    const both = decide(loaded, { n: [1, 2] });
    expect(both.transaction?.map(({ approval }) => approval)).toEqual([undefined, undefined]);
  });

  test('lifts the constraint once', () => {
    const loaded = asking();
    const approval = approvalOf(loaded, { n: 1 });
    expect(approve(approval, 1000)).toBe('noted');
    expect(decide(loaded, { n: 1 })).toMatchObject({
      verdict: 'allow',
      code: 'approved',
      level: null,
      constraints: [],
      determining: ['policy0'],
      cedar: { decision: 'deny' },
      approval,
    });
    expect(codeOf(loaded, { n: 1 })).toBe('constrained');
    expect(state()).toContain('0780');
  });

  test('of something else lifts nothing, and stays', () => {
    const loaded = asking();
    approve(approvalOf(loaded, { n: 1, action: 'b' }), 1000);
    expect(codeOf(loaded, { n: 1 })).toBe('constrained');
    expect(codeOf(loaded)).toBe('permitted');
    expect(codeOf(loaded, { n: 1, action: 'b' })).toBe('approved');
  });

  test('ends exactly when it expires', () => {
    const loaded = asking();
    approve(approvalOf(loaded, { n: 1 }), 1000);
    expect(codeOf(loaded, { n: 1, timeMs: 1000 })).toBe('constrained');
    expect(codeOf(loaded, { n: 1, timeMs: 999 })).toBe('approved');
  });

  test('of a time before 1970 it has not expired', () => {
    const loaded = asking();
    approve(approvalOf(loaded, { n: 1 }), 0);
    expect(codeOf(loaded, { n: 1, timeMs: 0 })).toBe('constrained');
    expect(codeOf(loaded, { n: 1, timeMs: -1 })).toBe('approved');
  });

  test('lifts at every level, and other constraints stay', () => {
    const other = '@id("ro") @verdict("read-only") forbid(principal, action, resource);';
    const loaded = asking({ layers: [layer(1, undefined, PERMIT + APPROVE), layer(2, undefined, PERMIT + other)] });
    const before = decide(loaded, { n: 1 });
    expect(before.constraints.map(({ policy }) => policy)).toEqual(['ask', 'ask', 'ro']);
    expect(before).toMatchObject({ verdict: 'approve', level: 0 });
    approve(before.approval!, 1000);
    expect(decide(loaded, { n: 1 })).toMatchObject({
      verdict: 'read-only',
      code: 'constrained',
      level: 2,
      constraints: [{ verdict: 'read-only', policy: 'ro' }],
      determining: ['ro'],
      approval: before.approval,
    });
    expect(decide(loaded, { n: 1 }).verdict).toBe('approve');
  });

  test('is kept where what it lifts is not released', () => {
    const defer = '@verdict("defer") forbid(principal, action, resource) when { context.session.requests < 2 };';
    const loaded = asking({ policies: POLICIES + defer });
    const first = decide(loaded, { n: 1 });
    expect(first.verdict).toBe('defer');
    approve(first.approval!, 1000);
    const second = decide(loaded, { n: 1 });
    expect(second).toMatchObject({ verdict: 'defer', approval: first.approval });
    expect(second.constraints.map(({ verdict }) => verdict)).toEqual(['defer']);
    expect(codeOf(loaded, { n: 1 })).toBe('approved');
  });

  test('lifts nothing of what is blocked, and is kept', () => {
    const loaded = asking();
    const approval = approvalOf(loaded, { n: [1, 0] });
    approve(approval, 1000);
    expect(codeOf(loaded, { n: [1, 2] })).toBe('forbidden');
    expect(state()).toContain(approval);
  });

  test('a transaction is approved as a whole', () => {
    const loaded = asking();
    const approval = approvalOf(loaded, { n: [0, 1, 1] });
    expect(approval).not.toBe(approvalOf(loaded, { n: 1 }));
    approve(approvalOf(loaded, { n: 1 }), 1000);
    expect(codeOf(loaded, { n: [0, 1, 1] })).toBe('constrained');
    approve(approval, 1000);
    const whole = decide(loaded, { n: [0, 1, 1] });
    expect(whole.transaction?.map(({ code }) => code)).toEqual(['permitted', 'approved', 'approved']);
    expect(whole.transaction?.map((one) => one.approval)).toEqual([approval, approval, approval]);
    expect(codeOf(loaded, { n: [0, 1, 1] })).toBe('constrained');
  });

  test('lifts a soft forbid that errs, which stays an error', () => {
    const errs =
      '@id("errs") @verdict("approve") forbid(principal, action, resource) when { context.n + 9223372036854775807 > 0 };';
    const loaded = open({ policies: PERMIT + errs });
    approve(approvalOf(loaded, { n: 1 }), 1000);
    expect(decide(loaded, { n: 1 })).toMatchObject({ code: 'approved', errors: ['errs'] });
  });

  test('is neither named nor used where the state would hold too much', () => {
    const loaded = asking({ layers: [layer(1, 9)], state: withUses(64) });
    const approval = approvalOf(loaded, { n: 1 });
    approve(approval, 1000);
    const refused = decide(loaded, { n: 1 });
    expect(refused.code).toBe('state-limit');
    expect(refused).not.toHaveProperty('approval');
    expect(state()).toContain(approval);
  });

  test('takes a use when it is released', () => {
    const loaded = asking({ layers: [layer(1, 1)] });
    approve(approvalOf(loaded, { n: 1 }), 1000);
    expect([codeOf(loaded, { n: 1 }), codeOf(loaded)]).toEqual(['approved', 'used-up']);
  });

  test('of one digest takes the place of the other', () => {
    open();
    approve(hex(digest(1)), 5);
    approve(hex(digest(1)), 4);
    expect(state()).toContain(`0781825820${hex(digest(1))}04`);
  });

  test('drops those that expired at its time or before, itself not', () => {
    open();
    for (const [n, expires] of [
      [1, 9],
      [2, 10],
      [3, 11],
      [4, 10],
    ] as const)
      approve(hex(digest(n)), expires);
    expect(approve(hex(digest(5)), 3, 10)).toBe('noted');
    expect(state()).toContain(`0782825820${hex(digest(3))}0b825820${hex(digest(5))}03`);
  });

  test('the 33rd does not fit and changes nothing, unless one expired or is replaced', () => {
    open();
    for (let n = 1; n <= 32; n++) expect(approve(hex(digest(n)), 100)).toBe('noted');
    const full = state();
    expect(approve(hex(digest(33)), 100, 99)).toBe('state-limit');
    expect(state()).toBe(full);
    expect(approve(hex(digest(32)), 200, 99)).toBe('noted');
    expect(approve(hex(digest(33)), 200, 100)).toBe('noted');
    expect(state()).toContain(`0782825820${hex(digest(32))}18c8825820${hex(digest(33))}18c8`);
  });
});

const seen = (condition: string) =>
  `${PERMIT}${BLOCK_2}@id("drift") forbid(principal, action, resource) when { ${condition} };`;

describe('drift', () => {
  const OUTER = PERMIT + BLOCK_2;
  const INNER = `${PERMIT}@id("three") forbid(principal, action, resource) when { context.n == 3 };`;

  test('refusals are counted by level, and the last 32 requests as bits', () => {
    const loaded = open({ policies: OUTER, layers: [layer(1), layer(2, undefined, INNER)] });
    for (const n of [3, 0, 2, 3]) decide(loaded, { n });
    // Level 0 once, level 1 never, level 2 twice; 1001, the latest last.
    expect(state()).toContain('048301000205 09'.replace(' ', ''));
    times(28, loaded);
    expect(state()).toContain('05 1a 90000000'.replaceAll(' ', ''));
    times(1, loaded);
    expect(state()).toContain('05 1a 20000000'.replaceAll(' ', ''));
  });

  test('in a transaction what is blocked for another’s sake is refused by nobody', () => {
    const loaded = open({ layers: [layer(1, undefined, INNER)] });
    decide(loaded, { n: [3, 0, 3] });
    expect(state()).toBe(
      INITIAL.replace('ac000001000200', 'ac000101030203').replace('04800500', '0482000205 05'.replace(' ', '')),
    );
  });

  test('what is malformed or not judged counts at level 0; what waits counts nowhere', () => {
    const loaded = open({ policies: OUTER + APPROVE, layers: [layer(1, 1)] });
    engine.decide(0);
    decide({ ...loaded, authority: digest(9) });
    decide(loaded, { n: 1 });
    decide(loaded);
    decide(loaded);
    expect(state()).toContain('0482 0201 05 01'.replaceAll(' ', ''));
  });

  test('policies see both', () => {
    for (const [condition, codes] of [
      ['context.session.outside >= 2', ['forbidden', 'forbidden', 'forbidden']],
      ['context.session.recent >= 2', ['forbidden', 'forbidden', 'forbidden']],
      ['context.session.outside >= 3', ['permitted', 'permitted', 'permitted']],
      [
        'context.session == {requests: 3, blocked: 3, outside: 2, recent: 2, surprising: 0, tokens: 0, modelRequests: 0, spend: 0}',
        ['forbidden', 'permitted', 'permitted'],
      ],
    ] as const) {
      const loaded = open({ policies: seen(condition), layers: [layer(1, undefined, INNER)] });
      for (const n of [3, 2, 3]) decide(loaded, { n });
      expect(times(3, loaded)).toEqual(codes);
    }
  });

  test('recent forgets after 32 requests, outside does not', () => {
    const loaded = open({ policies: seen('context.session.recent > 0'), layers: [layer(1, undefined, INNER)] });
    decide(loaded, { n: 3 });
    expect(times(33, loaded)).toEqual([...Array<string>(32).fill('forbidden'), 'permitted']);
    expect(state()).toContain('0482182001 0500'.replace(' ', ''));
  });
});

describe('events', () => {
  const approval = hex(encodeApproval({ approval: digest(1), expiresMs: 24, timeMs: 2 ** 53 - 1 }));
  const revocation = hex(encodeRevocation(digest(1)));

  test.each<[string, string]>([
    ['nothing', ''],
    ['a request’s worth of zeros', '00'.repeat(64)],
    ['another kind', revocation.replace('8201', '8202')],
    ['an array of another length', revocation.replace('8201', '8301')],
    ['an approval with the head of a revocation', approval.replace('8400', '8200')],
    ['a digest of 31 bytes', revocation.replace('5820', '581f').slice(0, -2)],
    ['a digest of text', revocation.replace('5820', '7820')],
    ['a kind with a long head', revocation.replace('8201', '821801')],
    ['bytes after a revocation', `${revocation}00`],
    ['bytes after an approval', `${approval}00`],
    ['a cut approval', approval.slice(0, -2)],
    ['an approval without a time', approval.slice(0, -18)],
    ['an expiry with a long head', approval.replace('1818', '1817')],
    ['a negative expiry', approval.replace('1818', '20')],
    ['an expiry beyond 2^53 − 1', approval.replace('1818', '1b0020000000000000')],
    ['a time beyond 2^53 − 1', approval.replace('1b001fffffffffffff', '1b0020000000000000')],
  ])('malformed: %s', (_, event) => {
    open();
    expect(noted(cbor(event))).toBe('malformed-request');
    expect(state()).toBe(INITIAL);
    expect(noted(cbor(approval))).toBe('noted');
  });

  test('an event longer than its window is malformed', () => {
    open();
    engine.request.set(cbor(revocation));
    expect(engine.request.length).toBe(49_152);
    expect(engine.decide(49_153) >> 8).toBe(CODES.indexOf('malformed-request'));
  });

  test('with nothing loaded, or no state, none is taken', () => {
    const fresh = loadEngine(readFileSync(new URL('../../engine/engine.wasm', import.meta.url)));
    expect(CODES[fresh.note(cbor(revocation))]).toBe('no-program');
    fresh.load(program(PERMIT));
    expect(CODES[fresh.note(cbor(revocation))]).toBe('no-state');
    fresh.setState(cbor(INITIAL));
    expect(fresh.note(cbor(revocation))).toBe(0);
  });

  test('the version does not grow beyond 2^53 − 1', () => {
    open({ state: INITIAL.replace('ac0000', 'ac001b001fffffffffffff') });
    expect(noted(cbor(revocation))).toBe('noted');
    expect(state()).toContain('ac001b001fffffffffffff');
  });
});

const use = (n: number, count = '01') => `825820${hex(digest(n))}${count}`;
const gone = (n: number) => `5820${hex(digest(n))}`;
const list = (key: string, items: string[]) => `${key}${head(items.length)}${items.join('')}`;
const replaced = (from: string, to: string) => INITIAL.replace(from, to);
const many = (count: number, item: (n: number) => string) => Array.from({ length: count }, (_, n) => item(n));

describe('no state:', () => {
  const SOUND: [string, string][] = [
    ['nine levels', replaced('0480', '0489000000000000000001')],
    ['32 recent bits', replaced('0500', '051affffffff')],
    ['64 uses', replaced('0680', list('06', many(64, use)))],
    [
      '32 approvals, of which one expires at 0',
      replaced(
        '0780',
        list(
          '07',
          many(32, (n) => use(n, n === 0 ? '00' : '01')),
        ),
      ),
    ],
    ['64 revocations', replaced('0880', list('08', many(64, gone)))],
    ['the greatest counts', replaced('0480', '04811b001fffffffffffff')],
  ];
  test.each(SOUND)('taken: %s', (_, bytes) => expect(engine.setState(cbor(bytes))).toBe(0));

  test.each<[string, string]>([
    ['a map of 11', INITIAL.replace('ac', 'ab')],
    ['a last count of 0', replaced('0480', '04820100')],
    ['ten levels', replaced('0480', '048a00000000000000000001')],
    ['levels in a map', replaced('0480', '04a0')],
    ['a negative count', replaced('0480', '048120')],
    ['a count beyond 2^53 − 1', replaced('0480', '04811b0020000000000000')],
    ['33 recent bits', replaced('0500', '051b0000000100000000')],
    ['recent bits in a long head', replaced('0500', '051800')],
    ['a use counted 0 times', replaced('0680', list('06', [use(1, '00')]))],
    ['a use beyond 2^53 − 1', replaced('0680', list('06', [use(1, '1b0020000000000000')]))],
    ['65 uses', replaced('0680', list('06', many(65, use)))],
    ['uses out of order', replaced('0680', list('06', [use(2), use(1)]))],
    ['a subject twice', replaced('0680', list('06', [use(1), use(1)]))],
    ['a use of three', replaced('0680', list('06', [use(1).replace('82', '83') + '00']))],
    ['a subject of 31 bytes', replaced('0680', `0681 82581f${'01'.repeat(31)}01`.replace(' ', ''))],
    ['33 approvals', replaced('0780', list('07', many(33, use)))],
    ['approvals out of order', replaced('0780', list('07', [use(2), use(1)]))],
    ['an expiry beyond 2^53 − 1', replaced('0780', list('07', [use(1, '1b0020000000000000')]))],
    ['a negative expiry', replaced('0780', list('07', [use(1, '20')]))],
    ['65 revocations', replaced('0880', list('08', many(65, gone)))],
    ['revocations out of order', replaced('0880', list('08', [gone(2), gone(1)]))],
    ['a revocation twice', replaced('0880', list('08', [gone(1), gone(1)]))],
    ['a revocation with a number', replaced('0880', list('08', [use(1)]))],
    ['a key 12', `${INITIAL}0c00`],
    ['keys in another order', INITIAL.replace('06800780', '07800680')],
    ['a cut revocation', replaced('0880', list('08', [gone(1)])).slice(0, -2)],
    ['a cut list', INITIAL.slice(0, -2)],
  ])('%s', (_, bytes) => {
    open();
    expect(bytes).not.toBe(INITIAL);
    expect(CODES[engine.setState(cbor(bytes))]).toBe('no-state');
    expect(codeOf({ ...open(), authority: sha256(Uint8Array.of(0x80)) })).toBe('permitted');
  });
});
