// What comes back with results and what adapters count (SPEC §6.6, events 2 and 3), and approvals by selector as they
// stand in the state (event 4). When a selector lifts something: selectors.test.ts.

import { describe, expect, test } from 'vitest';
import { encodeAmounts, encodeApproval, encodeLabels, encodeSelector, type Selector } from '../../bindings/event.ts';
import { cbor } from './assembler.ts';
import { approve, decide, digest, engine, head, hex, INITIAL, noted, open, PERMIT, SELECTOR, state } from './loaded.ts';

const LABELS = ['a', 'bb', 'c']
  .map((name) => `@label("${name}") permit(principal, action, resource) when { context.n == 99 };`)
  .join('');
const NEVER = 2 ** 53 - 1;

describe('labels that came back', () => {
  test('become sticky, in the order of their bytes', () => {
    const loaded = open({ labels: LABELS });
    expect(noted(encodeLabels(['bb', 'a']))).toBe('noted');
    expect(state()).toBe(
      INITIAL.replace('0001000200 0380'.replace(' ', ''), '0101000200 0382 6161 626262'.replaceAll(' ', '')),
    );
    expect(noted(encodeLabels(['c', 'a']))).toBe('noted');
    expect(decide(loaded).labels).toEqual(['a', 'c', 'bb']);
  });

  test.each<[string, string]>([
    ['none', '820280'],
    ['a label that the program lacks', '8202816164'],
    ['the label of the engine', '8202816a73757270726973696e67'],
    ['labels out of order', '82028261626161'],
    ['a label twice', '82028261616161'],
    ['what is no text', '82028101'],
    ['a text, not an array', '82026161'],
    ['bytes behind it', '82028161 6100'.replace(' ', '')],
    ['a cut label', '8202816261'],
    ['a cut array', '8202826161'],
    ['no array', '8202'],
    ['a long head', '820298016161'],
  ])('malformed: %s', (_, event) => {
    open({ labels: LABELS });
    expect(noted(cbor(event))).toBe('malformed-request');
    expect(state()).toBe(INITIAL);
  });

  // 127 labels of 64 bytes, with heads of 2: 8,383 bytes.
  const names = Array.from({ length: 127 }, (_, n) => `${n}`.padStart(64, 'x'));
  const many = names
    .map((name) => `@label("${name}") permit(principal, action, resource) when { context.n == 99 };`)
    .join('');

  test('that would be too many do not fit, and change nothing', () => {
    open({ labels: many });
    expect(noted(encodeLabels(names))).toBe('state-limit');
    expect(state()).toBe(INITIAL);
    expect(noted(encodeLabels(names.slice(0, 124)))).toBe('noted');
    const full = state();
    expect(noted(encodeLabels(names.slice(124)))).toBe('state-limit');
    expect(state()).toBe(full);
  });

  test('fit beside selectors or do not', () => {
    // 8,186 bytes of labels; what is left to both is 9,728.
    const ofBytes = (content: number) => selectorOf({ content: 'x'.repeat(content) });
    const [most, more] = [9_728 - 8_186 - 1, 9_728 - 8_186].map((bytes) => bytes - encodedBytes(ofBytes(1000)) + 1000);
    open({ labels: many });
    expect(noted(encodeSelector(ofBytes(more!)))).toBe('noted');
    expect(noted(encodeLabels(names.slice(0, 124)))).toBe('state-limit');
    open({ labels: many });
    expect(noted(encodeSelector(ofBytes(most!)))).toBe('noted');
    expect(noted(encodeLabels(names.slice(0, 124)))).toBe('noted');
    expect(engine.setState(engine.state().slice())).toBe(0);
    expect(noted(encodeSelector(selectorOf({ content: 'y' })))).toBe('state-limit');
  });
});

describe('amounts', () => {
  test('are added, and policies see them', () => {
    const condition =
      'context.session.tokens == 30 && context.session.modelRequests == 2 && context.session.spend == 700';
    const loaded = open({ policies: `permit(principal, action, resource) when { ${condition} };` });
    expect(noted(encodeAmounts({ tokens: 10, modelRequests: 1, spend: 0 }))).toBe('noted');
    expect(decide(loaded).code).toBe('no-permit');
    expect(noted(encodeAmounts({ tokens: 20, modelRequests: 1, spend: 700 }))).toBe('noted');
    expect(decide(loaded).code).toBe('permitted');
    expect(state()).toContain('0983181e021902bc0a00');
  });

  test('do not grow beyond 2^53 − 1', () => {
    open();
    for (let i = 0; i < 2; i++)
      expect(noted(encodeAmounts({ tokens: NEVER, modelRequests: 1, spend: NEVER }))).toBe('noted');
    expect(state()).toContain('09831b001fffffffffffff021b001fffffffffffff');
  });

  test.each<[string, string]>([
    ['two', '8203820101'],
    ['four', '82038401010101'],
    ['a negative one', '820383010120'],
    ['one beyond 2^53 − 1', '82038301011b0020000000000000'],
    ['the first beyond', '8203831b00200000000000000101'],
    ['a long head', '82038301011801'],
    ['a text', '82038301016161'],
    ['bytes behind them', '82038301010100'],
    ['cut', '8203830101'],
    ['no array', '820301'],
    ['nothing', '8203'],
  ])('malformed: %s', (_, event) => {
    open();
    expect(noted(cbor(event))).toBe('malformed-request');
    expect(state()).toBe(INITIAL);
  });
});

const selectorOf = (parts: Partial<Selector> = {}): Selector => ({ ...SELECTOR, ...parts });
const select = (parts: Partial<Selector> = {}): string => noted(encodeSelector(selectorOf(parts)));
/** Without the event's head and time. */
const encodedBytes = (selector: Selector): number => encodeSelector(selector).length - 3;
const standing = (...selectors: Selector[]): string =>
  `0b${head(selectors.length)}${selectors.map((one) => hex(encodeSelector(one)).slice(4, -2)).join('')}`;

describe('selectors', () => {
  test('stand in the order of their bytes, one for each purpose', () => {
    open();
    const [first, second, third] = [
      selectorOf(),
      selectorOf({ content: 'x' }),
      selectorOf({ within: { type: 'U', id: '/w' } }),
    ];
    for (const one of [third!, first!, second!, { ...first!, uses: 9, expiresMs: 5 }])
      expect(noted(encodeSelector(one))).toBe('noted');
    expect(state()).toContain(standing(second!, { ...first!, uses: 9, expiresMs: 5 }, third!));
    expect(engine.setState(engine.state().slice())).toBe(0);
  });

  test.each<[string, Partial<Selector>]>([
    ['another action', { action: { type: 'Action', id: 'b' } }],
    ['another place', { within: { type: 'P', id: '/x' } }],
    ['another level', { subject: digest(1) }],
    ['other content', { content: '' }],
  ])('of %s do not take its place', (_, parts) => {
    open();
    expect([select(), select(parts)]).toEqual(['noted', 'noted']);
    expect(state()).toContain('0b82');
  });

  test('and approvals that expired are dropped with either kind, itself not', () => {
    open();
    approve(hex(digest(1)), 10);
    approve(hex(digest(2)), 11);
    select({ content: 'a', expiresMs: 10 });
    select({ content: 'b', expiresMs: 11 });
    select({ content: 'c', expiresMs: 3, timeMs: 10 });
    const left = [selectorOf({ content: 'b', expiresMs: 11 }), selectorOf({ content: 'c', expiresMs: 3 })];
    expect(state()).toContain(`0781825820${hex(digest(2))}0b`);
    expect(state()).toContain(standing(...left));
    expect(approve(hex(digest(3)), 100, 3)).toBe('noted');
    expect(state()).toContain(standing(left[0]!));
  });

  test('the 33rd does not fit and changes nothing, unless one expired or is replaced', () => {
    open();
    for (let n = 0; n < 32; n++) expect(select({ subject: digest(n) })).toBe('noted');
    approve(hex(digest(1)), 99);
    const full = state();
    expect(full).toContain('0b9820');
    expect(select({ subject: digest(32), timeMs: 999 })).toBe('state-limit');
    expect(state()).toBe(full);
    expect(select({ subject: digest(31), uses: 7, timeMs: 0 })).toBe('noted');
    expect(engine.setState(engine.state().slice())).toBe(0);
    expect(select({ subject: digest(32), expiresMs: 1001, timeMs: 1000 })).toBe('noted');
    expect(state()).toContain(standing(selectorOf({ subject: digest(32), expiresMs: 1001 })));
  });

  test('that would be too long do not fit', () => {
    open();
    // Beside the one byte of an array without labels.
    const most = 9_728 - 1 - 1 - encodedBytes(selectorOf({ content: 'x'.repeat(1000) })) + 1000;
    expect(select({ content: 'x'.repeat(most + 1) })).toBe('state-limit');
    expect(state()).toBe(INITIAL);
    expect(select({ content: 'x'.repeat(most) })).toBe('noted');
    expect(engine.state().length).toBeLessThanOrEqual(16_384);
    expect(engine.setState(engine.state().slice())).toBe(0);
    expect(select()).toBe('state-limit');
  });

  test('an approval that does not fit drops no selector', () => {
    open();
    for (let n = 0; n < 32; n++) approve(hex(digest(n)), 1000);
    select({ expiresMs: 1 });
    expect(approve(hex(digest(32)), 1000, 1)).toBe('state-limit');
    expect(state()).toContain('0b81');
  });

  const sound = hex(encodeSelector(selectorOf({ content: 'x', uses: 24, expiresMs: 24 })));
  test.each<[string, string]>([
    ['another array', sound.replace('8304', '8204')],
    ['a selector of five', sound.replace('830486', '830485')],
    ['an action that is none', sound.replace('a200', 'a201')],
    ['a text in place of an entity', '83048661616161'],
    ['a subject of 31 bytes', sound.replace(`5820${'00'.repeat(32)}`, `581f${'00'.repeat(31)}`)],
    ['content that is bytes', sound.replace('6178', '4178')],
    ['content that is false', sound.replace('6178', 'f4')],
    ['no uses', sound.replace('6178 1818'.replace(' ', ''), '617800')],
    ['uses of 33 bits', sound.replace('61781818', '61781b0000000100000000')],
    ['uses in a long head', sound.replace('61781818', '61781817')],
    ['an expiry beyond 2^53 − 1', sound.replace('18181818', '18181b0020000000000000')],
    ['a negative time', `${sound.slice(0, -2)}20`],
    ['no time', sound.slice(0, -2)],
    ['bytes behind it', `${sound}00`],
    ['nothing', '8304'],
    ['only the head', '830486'],
  ])('malformed: %s', (_, event) => {
    open();
    expect(noted(cbor(event))).toBe('malformed-request');
    expect(state()).toBe(INITIAL);
    expect(event).not.toBe(sound);
    expect(noted(cbor(sound))).toBe('noted');
  });

  const one = hex(encodeSelector(selectorOf())).slice(4, -2);
  const other = hex(encodeSelector(selectorOf({ content: 'x' }))).slice(4, -2);
  test.each<[string, string]>([
    ['selectors out of order', `0b82${one}${other}`],
    ['a selector twice', `0b82${one}${one}`],
    ['two of one purpose', `0b82${one}${one.slice(0, -8)}021903e8`],
    [
      '33 selectors',
      `0b9821${Array.from({ length: 33 }, (_, n) => hex(encodeSelector(selectorOf({ subject: digest(n) }))).slice(4, -2)).join('')}`,
    ],
    ['a cut selector', `0b81${one.slice(0, -2)}`],
    ['a selector without uses', `0b81${one.slice(0, -8)}001903e8`],
    ['no array', '0b00'],
    ['amounts of two', '0982000 0'.replace(' ', '')],
  ])('no state: %s', (_, key) => {
    open({ policies: PERMIT });
    const bytes = key.startsWith('09') ? INITIAL.replace('0983000000', key) : INITIAL.replace(/0b80$/, key);
    expect(bytes).not.toBe(INITIAL);
    expect(engine.setState(cbor(bytes))).not.toBe(0);
  });

  test('a state with both is a state', () => {
    open();
    expect(engine.setState(cbor(INITIAL.replace(/0b80$/, `0b82${other}${one}`)))).toBe(0);
    expect(one.endsWith('011903e8')).toBe(true);
  });

  test('an event of a time before its own is no event of another kind', () => {
    open();
    const approval = encodeApproval({ approval: digest(1), expiresMs: 9, timeMs: 1 });
    expect(noted(approval)).toBe('noted');
    expect(noted(cbor(hex(approval).replace('8400', '8404')))).toBe('malformed-request');
  });
});
