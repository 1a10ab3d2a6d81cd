// A program with one thing wrong is refused, and the answer names the section and the reason (SPEC §8).

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadEngine } from '../../bindings/engine.ts';
import { assemble, cbor, conditional, ENTITY, NONE, op, parts, policy, text, TEXT, TRUE, uid } from './assembler.ts';

const engine = loadEngine(readFileSync(new URL('../../engine/engine.wasm', import.meta.url)));

const SECTION = { header: 1, constants: 2, lists: 3, schema: 4, labels: 5, policies: 6, code: 7 };
const REASON = {
  truncated: 1,
  notAProgram: 2,
  notCanonical: 3,
  outOfOrder: 4,
  badIndex: 5,
  badValue: 6,
  badStack: 7,
  badJump: 8,
  limit: 9,
  schemaDiffers: 10,
  notALayer: 11,
  noProgram: 12,
};
const fault = (section: keyof typeof SECTION, reason: keyof typeof REASON) => (SECTION[section] << 8) | REASON[reason];

const sound = assemble(parts());
const { schema } = parts();

/** The sound program with some bytes replaced, at a byte offset. */
function patched(at: number, ...bytes: number[]): Uint8Array {
  const program = sound.slice();
  program.set(bytes, at);
  return program;
}

/** The schema with one word replaced, or one count. */
const word = (at: number, value: number) =>
  assemble(parts({ schema: { ...schema, words: schema.words.with(at, value) } }));
const count = (at: number, value: number) =>
  assemble(parts({ schema: { ...schema, counts: schema.counts.with(at, value) } }));
const field = (fields: Record<number, number>) => assemble(parts({ policies: [policy(fields)] }));
const constants = (...items: Uint8Array[]) => assemble(parts({ constants: items }));
const labelled = (labels: number[], fields: Record<number, number>) =>
  assemble(parts({ labels, policies: [policy({ 1: 1, ...fields })] }));

/** A program of one label. */
const constantsLabel = (label: string) =>
  assemble(parts({ constants: [text('p0'), text(label)], lists: [], labels: [1, 0, 1] }));

// Where the schema's words begin: value types at 0, attributes at 6, records at 12, entity types at 16 and 24, the
// action at 32, indexes at 41.
const [ATTRIBUTE, RECORD, TYPE_U, TYPE_ACTION, ACTION] = [6, 12, 16, 24, 32];

const VECTORS: [string, Uint8Array, number][] = [
  ['no bytes', new Uint8Array(0), fault('header', 'truncated')],
  ['half a header', sound.slice(0, 67), fault('header', 'truncated')],
  ['another magic', patched(0, 0x51), fault('header', 'notAProgram')],
  ['another version', patched(4, 1), fault('header', 'notAProgram')],
  ['an unknown flag', patched(6, 2), fault('header', 'notAProgram')],
  ['a program with a subject', assemble(parts({ subject: new Uint8Array(32).fill(1) })), fault('header', 'badValue')],
  ['a program with uses', assemble(parts({ uses: 1 })), fault('header', 'badValue')],
  ['a section longer than the program', patched(8, 0xff, 0xff, 0xff, 0xff), fault('header', 'truncated')],
  ['cut short', sound.slice(0, -4), fault('header', 'truncated')],
  ['bytes after the end', Uint8Array.of(...sound, 0, 0, 0, 0), fault('header', 'notCanonical')],
  ['a constant that is a float', constants(text('p0'), cbor('f93e00')), fault('constants', 'notCanonical')],
  ['a number in a longer head, 1 byte', constants(cbor('1817')), fault('constants', 'notCanonical')],
  ['a number in a longer head, 2 bytes', constants(cbor('1900ff')), fault('constants', 'notCanonical')],
  ['a number in a longer head, 4 bytes', constants(cbor('1a0000ffff')), fault('constants', 'notCanonical')],
  ['a number in a longer head, 8 bytes', constants(cbor('1b00000000ffffffff')), fault('constants', 'notCanonical')],
  ['a text in a longer head', constants(cbor('780161')), fault('constants', 'notCanonical')],
  ['a number beyond 64 bits signed', constants(cbor('1b8000000000000000')), fault('constants', 'notCanonical')],
  ['a constant that is a set out of order', constants(cbor('820201')), fault('constants', 'notCanonical')],
  ['constants out of order', constants(text('p1'), text('p0')), fault('constants', 'outOfOrder')],
  ['a constant twice', constants(text('p0'), text('p0')), fault('constants', 'outOfOrder')],
  ['a pool of more items than bytes', patched(68, 0xff, 0xff), fault('constants', 'truncated')],
  ['a pool whose offsets leave a gap', patched(76, 4), fault('constants', 'notCanonical')],
  ['too many actions', count(4, 4097), fault('schema', 'limit')],
  ['more attributes than bytes', count(1, 0x7fffffff), fault('schema', 'truncated')],
  ['an unknown value type', word(0, 10), fault('schema', 'badValue')],
  ['a set of itself', word(5, 2), fault('schema', 'badIndex')],
  ['a Bool of something', word(1, 1), fault('schema', 'badValue')],
  ['an attribute without a name', word(ATTRIBUTE, 9), fault('schema', 'badIndex')],
  ['attributes out of order', word(ATTRIBUTE + 3, 1), fault('schema', 'outOfOrder')],
  ['an unknown attribute flag', word(ATTRIBUTE + 2, 4), fault('schema', 'badValue')],
  ['a supplied attribute that is optional', word(ATTRIBUTE + 2, 0x100), fault('schema', 'badValue')],
  ['a supplied attribute that is sensitive', word(ATTRIBUTE + 2, 0x103), fault('schema', 'badValue')],
  ['a supplied attribute nobody knows', word(ATTRIBUTE + 2, 0x801), fault('schema', 'badValue')],
  ['the name of what is no path', word(ATTRIBUTE + 2, 0x501), fault('schema', 'badValue')],
  ['the port of what is no endpoint', word(ATTRIBUTE + 2, 0x701), fault('schema', 'badValue')],
  ['records with a gap', word(RECORD + 2, 1), fault('schema', 'badIndex')],
  ['an unknown kind of entity', word(TYPE_U + 1, 7), fault('schema', 'badValue')],
  ['a path without a parent', word(TYPE_U + 1, 1), fault('schema', 'badValue')],
  ['tags of no type', word(TYPE_U + 5, 3), fault('schema', 'badIndex')],
  ['parents outside the indexes', word(TYPE_U + 3, 2), fault('schema', 'badIndex')],
  ['entity types out of order', word(TYPE_ACTION, 0), fault('schema', 'outOfOrder')],
  ['an action of a plain type', word(ACTION, 0), fault('schema', 'badValue')],
  ['an action below itself', word(ACTION + 3, 1), fault('schema', 'badValue')],
  ['an action whose context is no record', word(ACTION + 8, 2), fault('schema', 'badIndex')],
  [
    'a name that is no text',
    assemble(parts({ schema: { ...schema, names: [cbor('01')] } })),
    fault('schema', 'notCanonical'),
  ],
  ['labels cut short', assemble(parts({ labels: [1, 0] })), fault('labels', 'truncated')],
  ['a label that the engine attaches itself', constantsLabel('surprising'), fault('labels', 'badValue')],
  ['too many labels', assemble(parts({ labels: [257, 0] })), fault('labels', 'limit')],
  ['a label that is no text', assemble(parts({ labels: [1, 0, TRUE] })), fault('labels', 'badIndex')],
  ['labels out of order', assemble(parts({ labels: [2, 0, TEXT.p1, TEXT.p0] })), fault('labels', 'outOfOrder')],
  ['a policy without an id', field({ 0: ENTITY.u }), fault('policies', 'badIndex')],
  ['an unknown effect', field({ 2: 2 }), fault('policies', 'badValue')],
  ['a permit with a verdict', field({ 3: 1 }), fault('policies', 'badValue')],
  ['a forbid without one', field({ 2: 1 }), fault('policies', 'badValue')],
  ['a hard forbid with an argument', field({ 2: 1, 3: 6, 4: TEXT.p0 }), fault('policies', 'badValue')],
  ['a decision policy that labels', labelled([1, 0, TEXT.p0], { 1: 0, 5: 1, 6: 0 }), fault('policies', 'badValue')],
  ['a label policy that forbids', labelled([1, 0, TEXT.p0], { 2: 1, 3: 6, 5: 1, 6: 0 }), fault('policies', 'badValue')],
  ['a label policy that attaches nothing', labelled([1, 0, TEXT.p0], { 6: 0 }), fault('policies', 'badValue')],
  ['a label that is not there', labelled([1, 0, TEXT.p0], { 5: 1, 6: 1 }), fault('policies', 'badIndex')],
  ['a clearance that is a label', labelled([1, 0, TEXT.p0], { 5: 3, 6: 0 }), fault('policies', 'badIndex')],
  ['an unknown set', field({ 1: 3 }), fault('policies', 'badValue')],
  ['an expectation in a program', field({ 1: 2 }), fault('policies', 'badValue')],
  ['a count in a program', field({ 5: 4, 6: 1 }), fault('policies', 'badValue')],
  ['what it attaches, unknown', field({ 5: 5, 6: 1 }), fault('policies', 'badValue')],
  ['a label policy that counts', labelled([1, 0, TEXT.p0], { 5: 4, 6: 0 }), fault('policies', 'badValue')],
  ['an unknown scope', field({ 7: 5 }), fault('policies', 'badValue')],
  ['a scope without its entity', field({ 7: 1 }), fault('policies', 'badIndex')],
  ['a scope with an entity too many', field({ 9: ENTITY.u }), fault('policies', 'badValue')],
  ['a scope whose type is no text', field({ 10: 3, 11: ENTITY.u }), fault('policies', 'badIndex')],
  ['actions that are no list', field({ 13: 2 }), fault('policies', 'badIndex')],
  [
    'actions that are no entities',
    assemble(parts({ policies: [policy({ 13: 0 })], lists: [1, TEXT.p0] })),
    fault('policies', 'badIndex'),
  ],
  [
    'exactly two actions',
    assemble(parts({ policies: [policy({ 13: 0x80000000 })], lists: [2, 4, 5] })),
    fault('policies', 'badValue'),
  ],
  ['code beyond the section', field({ 15: 1 }), fault('policies', 'badIndex')],
  ['code that is nobody’s', assemble(parts({ code: [op('PRINCIPAL')] })), fault('policies', 'badIndex')],
  [
    'a label policy behind a decision policy',
    assemble(parts({ labels: [1, 0, TEXT.p0], policies: [policy(), policy({ 0: 1, 1: 1, 5: 1, 6: 0 })] })),
    fault('policies', 'outOfOrder'),
  ],
  ['an unknown opcode', conditional([56]), fault('code', 'badValue')],
  ['an operand where none is', conditional([op('PRINCIPAL', 1)]), fault('code', 'badValue')],
  ['a constant that is not there', conditional([op('CONSTANT', 7)]), fault('code', 'badIndex')],
  ['an attribute that is no text', conditional([op('CONTEXT_ATTR', TRUE)]), fault('code', 'badIndex')],
  ['an operator without operands', conditional([op('NOT')]), fault('code', 'badStack')],
  ['two values left', conditional([op('CONSTANT', TRUE), op('CONSTANT', TRUE)]), fault('code', 'badStack')],
  ['a set of more than there is', conditional([op('CONSTANT', TRUE), op('SET', 2)]), fault('code', 'badStack')],
  [
    'a stack too deep',
    conditional([...Array<number>(513).fill(op('CONSTANT', TRUE)), ...Array<number>(512).fill(op('EQ'))]),
    fault('code', 'badStack'),
  ],
  ['a set of more than the stack holds', conditional([op('SET', 513)]), fault('code', 'badStack')],
  [
    'a jump to itself',
    conditional([op('CONSTANT', TRUE), op('AND', 1), op('CONSTANT', TRUE)]),
    fault('code', 'badJump'),
  ],
  ['a jump back', conditional([op('CONSTANT', TRUE), op('AND', 0), op('CONSTANT', TRUE)]), fault('code', 'badJump')],
  [
    'a jump out of the policy',
    conditional([op('CONSTANT', TRUE), op('AND', 4), op('CONSTANT', TRUE)]),
    fault('code', 'badJump'),
  ],
  [
    'paths that disagree about the stack',
    conditional([op('CONSTANT', TRUE), op('BRANCH', 3), op('CONSTANT', TRUE)]),
    fault('code', 'badStack'),
  ],
  [
    'code that nothing reaches',
    conditional([op('CONSTANT', TRUE), op('JUMP', 3), op('CONSTANT', TRUE)]),
    fault('code', 'badStack'),
  ],
  [
    'a pattern with an empty text',
    assemble(
      parts({
        constants: [text(''), text('p0'), cbor('f5')],
        lists: [1, 0],
        policies: [policy({ 0: 1, 15: 2 })],
        code: [op('CONSTANT', 1), op('LIKE', 0)],
      }),
    ),
    fault('code', 'badValue'),
  ],
  ['a pattern of two texts', conditional([op('CONSTANT', 0), op('LIKE', 0)], [2, 0, 1]), fault('code', 'badValue')],
  [
    'record keys out of order',
    conditional([op('CONSTANT', 0), op('CONSTANT', 0), op('RECORD', 0)], [2, 1, 0]),
    fault('code', 'outOfOrder'),
  ],
  [
    'a list longer than its section',
    conditional([op('CONSTANT', 0), op('LIKE', 0)], [2, NONE]),
    fault('code', 'badIndex'),
  ],
];

test('the program that the vectors spoil is sound', () => {
  expect(engine.load(sound)).toBe(0);
});

for (const [name, program, expected] of VECTORS) {
  test(`refused: ${name}`, () => {
    expect(engine.load(program).toString(16)).toBe(expected.toString(16));
  });
}

const OTHER_SCHEMA = assemble(parts({ schema: { ...schema, words: schema.words.with(ATTRIBUTE + 2, 1) } }));
const LABELLING = labelled([1, 0, TEXT.p0], { 5: 1, 6: 0 });
const layerOf = (...policies: Record<number, number>[]) =>
  assemble(parts({ subject: new Uint8Array(32).fill(1), policies: policies.map(policy) }));
const LAYERS: [string, Uint8Array, number][] = [
  ['a flag', assemble(parts({ flags: 1 })), fault('header', 'notAProgram')],
  ['uses without a subject', assemble(parts({ uses: 1 })), fault('header', 'badValue')],
  ['another schema', OTHER_SCHEMA, fault('schema', 'schemaDiffers')],
  ['labels', assemble(parts({ labels: [1, 0, TEXT.p0] })), fault('labels', 'notALayer')],
  ['a policy of expect that forbids', layerOf({ 1: 2, 2: 1, 3: 6 }), fault('policies', 'badValue')],
  ['a policy of expect that is counted', layerOf({ 1: 2, 5: 4, 6: 1 }), fault('policies', 'badValue')],
  ['a policy of expect with a label', layerOf({ 1: 2, 6: 1 }), fault('policies', 'badValue')],
  ['a count of 0', layerOf({ 5: 4, 6: 0 }), fault('policies', 'badValue')],
  ['a forbid with a count', layerOf({ 2: 1, 3: 6, 5: 4, 6: 1 }), fault('policies', 'badValue')],
  ['a count without a subject', field({ 5: 4, 6: 1 }), fault('policies', 'badValue')],
  ['a decision policy behind one of expect', layerOf({ 1: 2 }, { 0: TEXT.p1 }), fault('policies', 'outOfOrder')],
  ['a label policy', layerOf({ 1: 1, 5: 1, 6: 0 }), fault('policies', 'badIndex')],
  ['a constant out of order', constants(uid('U', 'u'), text('p0')), fault('constants', 'outOfOrder')],
];

test('counts and policies of expect are sound in a layer', () => {
  expect(engine.load(sound)).toBe(0);
  expect(engine.pushLayer(layerOf({ 5: 4, 6: NONE }, { 1: 2 }, { 1: 2 }))).toBe(0);
  expect(engine.pushLayer(layerOf({ 1: 2 }))).toBe(0);
});

test('an attribute of a context may be sensitive, no other', () => {
  expect(engine.load(word(ATTRIBUTE + 2, 2))).toBe(0);
  expect(engine.load(word(ATTRIBUTE + 2, 3))).toBe(0);
  // The record of the context becomes that of U's attributes too.
  const shared = schema.words.with(ATTRIBUTE + 2, 2).with(TYPE_U + 4, 1);
  expect(engine.load(assemble(parts({ schema: { ...schema, words: shared } })))).toBe(fault('schema', 'badValue'));
});

test('label policies are sound in a program', () => {
  expect(engine.load(LABELLING)).toBe(0);
});

for (const [name, layer, expected] of LAYERS) {
  test(`refused as a layer: ${name}`, () => {
    expect(engine.load(sound)).toBe(0);
    expect(engine.pushLayer(layer).toString(16)).toBe(expected.toString(16));
    expect(engine.popLayer()).toBe(-1);
    expect(engine.pushLayer(sound)).toBe(fault('header', 'noProgram'));
  });
}

test('a ninth layer is refused', () => {
  expect(engine.load(sound)).toBe(0);
  for (let i = 0; i < 8; i++) expect(engine.pushLayer(sound)).toBe(0);
  expect(engine.pushLayer(sound)).toBe(fault('header', 'limit'));
});
