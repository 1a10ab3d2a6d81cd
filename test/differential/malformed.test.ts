// What is and what is not a request (SPEC §§1–3): one fault each, refused by core and reference alike, beside its sound
// neighbour.

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { compileProgram, decideBytes, loadCore, loadPrograms } from './core.ts';
import { encode, type Item } from './reference/cbor.ts';
import { CODE } from './reference/codes.ts';
import { decide, type Program } from './reference/decide.ts';
import { INITIAL_STATE, stateBytes } from './reference/state.ts';
import { parsePolicy } from './reference/policy.ts';
import { parseSchema } from './reference/schema.ts';

const SCHEMA_TEXT = `
entity Group in [Group];
entity User in [Group] { name?: String } tags String;
action act appliesTo { principal: User, resource: User, context: {} };
`;
const PERMIT = 'permit(principal, action, resource);';
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const NO_LAYERS = sha256(Uint8Array.of(0x80));

const core = loadCore();
const binary = compileProgram({ schema: SCHEMA_TEXT, labels: [], policies: [PERMIT], authorityRequired: false });
const program: Program = {
  schema: parseSchema(SCHEMA_TEXT),
  labels: [],
  levels: [[parsePolicy('policy0', PERMIT)]],
  authorityRequired: false,
  digest: sha256(binary),
  layersDigest: NO_LAYERS,
};

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');
const bytesOf = (part: Item | { raw: string }): Uint8Array =>
  typeof part === 'object' && part !== null && 'raw' in part ? hex(part.raw) : encode(part);
const raw = (text: string) => ({ raw: text });
type Part = Item | { raw: string };

/** A map with its pairs as they stand. */
function map(...pairs: [Part, Part][]): { raw: string } {
  const parts = [Uint8Array.of(0xa0 + pairs.length), ...pairs.flat().map(bytesOf)];
  return raw(Buffer.concat(parts).toString('hex'));
}
function array(...items: Part[]): { raw: string } {
  return raw(Buffer.concat([Uint8Array.of(0x80 + items.length), ...items.map(bytesOf)]).toString('hex'));
}
const uid = (type: string, id: string) => map([0n, type], [1n, id]);
const USER = uid('User', 'u');
const GROUPS = [uid('Group', 'g'), uid('Group', 'h')] as const;
const ENTRY = array(USER, array(), map());
const FIELDS: Record<number, Part> = {
  0: USER,
  1: uid('Action', 'act'),
  2: USER,
  3: map(),
  4: NO_LAYERS,
  5: 0n,
  6: array(ENTRY),
};
/** The sound request with fields replaced, added or (with `undefined`) left out. */
function request(changes: Record<number, Part | undefined> = {}): { raw: string } {
  const fields = Object.entries({ ...FIELDS, ...changes });
  return map(...fields.flatMap(([key, value]): [Part, Part][] => (value === undefined ? [] : [[BigInt(key), value]])));
}
/**
 * A request whose context has an attribute of this value: well-formed if the value is, though the schema knows no such
 * attribute.
 */
const value = (part: Part) => request({ 3: map(['x', part]) });
const entry = (...parts: Part[]) => request({ 6: array(array(...parts)) });
const nested = (depth: number) => raw(`${'81'.repeat(depth)}80`);
const repeated = (count: number) => array(...Array<Part>(count).fill(request()));

const SOUND: Record<string, Part> = {
  'the request': request(),
  'no entities': request({ 6: undefined }),
  'an empty list of entities': request({ 6: array() }),
  'a time before 1970': request({ 5: -1n }),
  'the largest time': request({ 5: 2n ** 63n - 1n }),
  // Encoded, the shorter text comes first.
  'two entries in order': request({ 6: array(ENTRY, array(GROUPS[0], array(), map())) }),
  tags: entry(USER, array(), map(), map(['a', 'b'])),
  'parents in order': entry(USER, array(...GROUPS), map()),
  'a transaction of two': repeated(2),
  'the smallest Long': value(raw('3b 7fffffffffffffff')),
  'the largest Long': value(raw('1b 7fffffffffffffff')),
  'a set in order': value(array(1n, 2n, 'a')),
  'text of several bytes a character': value('é日😀'),
  'an IPv4 range': value(map([5n, hex('0a000000 08')])),
  'an IPv6 address': value(map([5n, hex('00000000000000000000000000000001 80')])),
  'a value 64 deep': value(nested(61)),
};

const MALFORMED: Record<string, Part> = {
  nothing: raw(''),
  'bytes after the item': raw(`${request().raw}00`),
  'a number': 1n,
  'the digest of a longer request': NO_LAYERS,
  ...Object.fromEntries([0, 1, 2, 3, 4, 5].map((key) => [`no key ${key}`, request({ [key]: undefined })])),
  'a key too many': request({ 7: 0n }),
  'a text key': map(...Object.entries(FIELDS).map(([key, part]): [Part, Part] => [key, part])),
  'keys out of order': map([1n, FIELDS[1]!], [0n, USER], [2n, USER], [3n, map()], [4n, NO_LAYERS], [5n, 0n]),
  'a key twice': map(
    [0n, USER],
    [1n, FIELDS[1]!],
    [1n, FIELDS[1]!],
    [2n, USER],
    [3n, map()],
    [4n, NO_LAYERS],
    [5n, 0n],
  ),
  'a principal of text': request({ 0: 'User::"u"' }),
  'an entity without id': request({ 0: map([0n, 'User']) }),
  'an entity with more': request({ 0: map([0n, 'User'], [1n, 'u'], [2n, 0n]) }),
  'an entity whose id is bytes': request({ 0: map([0n, 'User'], [1n, hex('75')]) }),
  'a context that is a list': request({ 3: array() }),
  'a context that is an entity': request({ 3: USER }),
  'an authority of 31 bytes': request({ 4: NO_LAYERS.subarray(1) }),
  'an authority of text': request({ 4: 'a'.repeat(32) }),
  'a time of text': request({ 5: '0' }),
  'a time beyond i64': request({ 5: 2n ** 63n }),
  'entities that are a map': request({ 6: map() }),
  'an entry of two': entry(USER, array()),
  'an entry of five': entry(USER, array(), map(), map(['a', 'b']), map()),
  'tags that are empty': entry(USER, array(), map(), map()),
  'an entry whose uid is text': entry('u', array(), map()),
  'entries out of order': request({ 6: array(array(GROUPS[0], array(), map()), ENTRY) }),
  'an entry twice': request({ 6: array(ENTRY, ENTRY) }),
  'parents out of order': entry(USER, array(GROUPS[1], GROUPS[0]), map()),
  'a parent twice': entry(USER, array(GROUPS[0], GROUPS[0]), map()),
  'a transaction of one': repeated(1),
  'a transaction of none': array(),
  'a transaction of seventeen': raw(`91${request().raw.repeat(17)}`),
  'a transaction of two principals': array(request(), request({ 0: uid('User', 'v') })),
  'a transaction of two authorities': array(request(), request({ 4: new Uint8Array(32) })),
  'a transaction of two times': array(request(), request({ 5: 1n })),
  'a transaction of two stores': array(request(), request({ 6: undefined })),
  'a transaction of something else': array(request(), 0n),
  null: value(null),
  undefined: value(raw('f7')),
  'another simple value': value(raw('f8 ff')),
  'false, written long': value(raw('f8 14')),
  'a float': value(raw('f9 3e00')),
  'a float that is an integer': value(raw('fb 3ff0000000000000')),
  'not a number': value(raw('f9 7e00')),
  'a tag': value(raw('c0 60')),
  'a big number': value(raw('c2 41 01')),
  bytes: value(hex('00')),
  'a Long too large': value(raw('1b 8000000000000000')),
  'a Long too small': value(raw('3b 8000000000000000')),
  'a number, written long': value(raw('18 17')),
  'a number, written longer': value(raw('1b 00000000ffffffff')),
  'a text, its length written long': value(raw('78 01 61')),
  'a reserved head': value(raw('1c')),
  'a list without length': value(raw('9f ff')),
  'a text without length': value(raw('7f 61 61 ff')),
  'a map without length': value(raw('bf ff')),
  'a length beyond the end': value(raw('9b ffffffffffffffff')),
  'text cut short': value(raw('62 c3')),
  'half a surrogate pair': value(raw('63 eda080')),
  'text in overlong form': value(raw('62 c080')),
  'text beyond Unicode': value(raw('64 f4908080')),
  'a set out of order': value(array(2n, 1n)),
  'a set with an element twice': value(array(1n, 1n)),
  'a record with keys out of order': value(map(['b', 1n], ['a', 1n])),
  'a record ordered by text, not by length': value(map(['aa', 1n], ['b', 1n])),
  'a record with keys of two kinds': value(map([0n, 1n], ['a', 1n])),
  'a value of an unknown kind': value(map([6n, 1n])),
  'a decimal of text': value(map([2n, '1.0'])),
  'a decimal beyond i64': value(map([2n, 2n ** 63n])),
  'two values in one': value(map([2n, 1n], [3n, 1n])),
  'an address of four bytes': value(map([5n, hex('0a000000')])),
  'a prefix beyond 32': value(map([5n, hex('0a000000 21')])),
  'a prefix beyond 128': value(map([5n, hex('00000000000000000000000000000001 81')])),
  'a value 65 deep': value(nested(62)),
};

function codeOf(part: Part): number {
  const bytes = bytesOf(part);
  loadPrograms(core, [binary]);
  core.setState(stateBytes(INITIAL_STATE));
  const [actual, expected] = [decideBytes(core, bytes), decide(program, INITIAL_STATE, bytes)];
  expect(Buffer.from(actual.bytes).toString('hex')).toBe(Buffer.from(expected.bytes).toString('hex'));
  return actual.packed >> 8;
}

test.each(Object.entries(SOUND))('well-formed: %s', (_name, part) => {
  expect(codeOf(part)).not.toBe(CODE.malformedRequest);
});

test.each(Object.entries(MALFORMED))('malformed: %s', (_name, part) => {
  expect(codeOf(part)).toBe(CODE.malformedRequest);
});
