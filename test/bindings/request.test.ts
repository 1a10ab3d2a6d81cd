// Requests to bytes: worked by hand, in every order, and every refusal by name.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  EntityHandle,
  encodeRequest,
  encodeStamp,
  internEntity,
  isRefusal,
  writeRequest,
  type EntityUid,
  type Refusal,
  type Request,
  type Value,
} from '../../bindings/request.ts';
import { CborWriter } from '../../bindings/cbor-writer.ts';
import { parseRequestJson } from '../../bindings/request-json.ts';
import { checkCbor } from '../../verifier/record/cbor.ts';
import { hex } from './bytes.ts';

const stamp = { authority: new Uint8Array(32).fill(0xaa), timeMs: 1000 };
const STAMPED = `045820${'aa'.repeat(32)}051903e8`;
const plain: Request = {
  principal: { type: 'Agent', id: 'a' },
  action: 'file.read',
  resource: { type: 'File', id: '/x' },
};
// {0: "Agent", 1: "a"}, {0: "Action", 1: "file.read"}, {0: "File", 1: "/x"}
const NAMED = '00a200654167656e74016161 01a20066416374696f6e016966696c652e72656164 02a2006446696c6501622f78'.replaceAll(
  ' ',
  '',
);

function encoded(request: Request | Request[]): string {
  const result = encodeRequest(request, stamp);
  if (isRefusal(result)) throw new Error(result.message);
  expect(checkCbor(result)).toBeUndefined();
  return hex(result);
}

const value = (of: Value): string => {
  const start = `a6${NAMED}03a16176`;
  const all = encoded({ ...plain, context: { v: of } });
  expect(all.startsWith(start) && all.endsWith(STAMPED)).toBe(true);
  return all.slice(start.length, -STAMPED.length);
};

test('a request without context is a map of six', () => {
  expect(encoded(plain)).toBe(`a6${NAMED}03a0${STAMPED}`);
  expect(encoded({ ...plain, context: {}, entities: [], ref: 'step 1' })).toBe(encoded(plain));
  expect(encoded({ ...plain, action: { type: 'Action', id: 'file.read' } })).toBe(encoded(plain));
});

test('a transaction is an array of requests', () => {
  expect(encoded([plain, plain])).toBe(`82${encoded(plain)}${encoded(plain)}`);
});

describe('values', () => {
  test.each<[string, Value, string]>([
    ['a boolean', true, 'f5'],
    ['text', 'ä', '62c3a4'],
    ['an integer', -1, '20'],
    ['the greatest integer', 2n ** 63n - 1n, '1b7fffffffffffffff'],
    ['the least integer', -(2n ** 63n), '3b7fffffffffffffff'],
    ['a set, in order and each once', [3, 1, 2, 1], '83010203'],
    ['an empty set', [], '80'],
    ['a set of sets', [[2, 1], [], [1, 2]], '8280820102'],
    ['a record, names in order', { bb: 1, a: 2, c: 3 }, 'a361610261630362626201'],
    ['a record of two, in order of bytes, not of characters', { é: 1, aa: 2 }, 'a26261610262c3a901'],
    ['an empty record', {}, 'a0'],
    ['an entity', { __entity: { type: 'T', id: 'i' } }, 'a200615401616 9'.replace(' ', '')],
    ['a decimal', { __extn: { fn: 'decimal', arg: '1.5' } }, 'a102193a98'],
    ['a datetime', { __extn: { fn: 'datetime', arg: '1970-01-01T00:00:01Z' } }, 'a1031903e8'],
    ['a duration', { __extn: { fn: 'duration', arg: '-1s' } }, 'a1043903e7'],
    ['an address', { __extn: { fn: 'ip', arg: '10.0.0.0/8' } }, 'a105450a00000008'],
    ['a name that only looks like an escape', { __proto: 1, type: 'x' }, 'a264747970656178675f5f70726f746f01'],
  ])('%s', (_, of, expected) => {
    expect(value(of)).toBe(expected);
  });
});

const e = (id: string, more: object = {}): object => ({ uid: { type: 'T', id }, attrs: {}, parents: [], ...more });
const uid = (id: string): string => `a2006154016${id}`;

test('the store stands in order of uids, tags or not, with parents each once', () => {
  const entities = [
    e('b', { parents: [{ type: 'T', id: 'z' }, { __entity: { type: 'T', id: 'a' } }, { type: 'T', id: 'z' }] }),
    e('a', { tags: { k: 1 } }),
    e('c', { tags: {} }),
  ] as Request['entities'] & object;
  const [a, b, c, z] = ['161', '162', '163', '17a'].map((id) => uid(id));
  expect(encoded({ ...plain, entities })).toBe(
    `a7${NAMED}03a0${STAMPED}0683 84${a}80a0a1616b01 83${b}82${a}${z}a0 83${c}80a0`.replaceAll(' ', ''),
  );
  expect(encoded({ ...plain, entities: entities.toReversed() })).toBe(encoded({ ...plain, entities }));
});

const integer = fc.oneof(fc.maxSafeInteger(), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n));
const name = fc
  .string({ unit: 'binary', maxLength: 30 })
  .filter((text) => !/^__(entity|extn|expr|proto__)$/.test(text));
const { cedar } = fc.letrec<{ cedar: Value }>((tie) => ({
  cedar: fc.oneof(
    { maxDepth: 4 },
    fc.boolean(),
    integer,
    fc.string({ unit: 'binary' }),
    fc.constant<Value>({ __extn: { fn: 'decimal', arg: '0.1' } }),
    fc.record({ __entity: fc.record({ type: fc.string({ unit: 'binary' }), id: fc.string({ unit: 'binary' }) }) }),
    fc.array(tie('cedar'), { maxLength: 30 }),
    fc.dictionary(name, tie('cedar'), { maxKeys: 30 }),
  ),
}));

const reversed = (of: Value): Value => {
  if (Array.isArray(of)) return [...of.map(reversed), ...of.map(reversed)].toReversed();
  if (typeof of !== 'object') return of;
  return Object.fromEntries(
    Object.entries(of)
      .toReversed()
      .map(([key, item]) => [key, reversed(item as Value)]),
  );
};

test('whatever the order and repetition, a value has one encoding, and it is canonical', () => {
  fc.assert(
    fc.property(cedar, (of) => {
      expect(value(reversed(of))).toBe(value(of));
    }),
    { numRuns: 300 },
  );
});

const everywhere = (entity: EntityUid): string =>
  encoded({
    ...plain,
    context: { v: { __entity: entity } },
    entities: [{ uid: entity, attrs: {}, parents: [entity, { __entity: entity }] }],
  });

describe('a handle', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  const uids = fc.record({ type: text, id: text });

  test('changes no byte of a request', () => {
    fc.assert(
      fc.property(uids, uids, uids, (principal, action, resource) => {
        const p = internEntity(principal);
        const expected = encoded({ principal, action, resource });
        expect(encoded({ principal: p, action: internEntity(action), resource: internEntity(resource) })).toBe(
          expected,
        );
        expect(encoded({ principal: p, action, resource })).toBe(expected);
      }),
    );
    const action = internEntity({ type: 'Action', id: 'file.read' });
    expect(encoded({ ...plain, action })).toBe(encoded(plain));
  });

  const named = { type: 'T', id: 'i' };

  test('stands for an entity in the context and in the store too', () => {
    expect(everywhere(internEntity(named))).toBe(everywhere(named));
  });

  test('keeps the names it was made with, in JSON too', () => {
    const changing = { ...named };
    const handle = internEntity(changing);
    changing.id = 'other';
    expect(JSON.stringify(handle)).toBe('{"type":"T","id":"i"}');
    expect(Object.isFrozen(handle)).toBe(true);
    expect(encoded({ ...plain, resource: handle })).toBe(encoded({ ...plain, resource: named }));
    expect(encoded({ ...plain, resource: internEntity(handle) })).toBe(encoded({ ...plain, resource: named }));
  });

  test('that is none is a TypeError', () => {
    const impostor = Object.create(EntityHandle.prototype, {
      type: { value: 'T', enumerable: true },
      id: { value: 'i', enumerable: true },
    }) as EntityHandle;
    expect(() => encodeRequest({ ...plain, principal: impostor }, stamp)).toThrow(TypeError);
  });

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'type: must be text'],
    ['text', 'T::"i"', '["0"]: unknown; an entity has type, id'],
    ['an entity without id', { type: 'T' }, 'id: must be text'],
    ['a lone surrogate', { type: 'T', id: '\ud800' }, 'id: must be Unicode text; it has a lone surrogate'],
    ['an unknown field', { type: 'T', id: 'i', x: 1 }, 'x: unknown; an entity has type, id'],
  ])('is not made of %s', (_, given, message) => {
    expect(() => internEntity(given as EntityUid)).toThrow(new TypeError(message));
  });

  test('is not made of more than a request may be', () => {
    expect(() => internEntity({ type: 'T', id: 'x'.repeat(49_152) })).toThrow(RangeError);
  });
});

test('a stamp may come as its bytes', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.nat(Number.MAX_SAFE_INTEGER),
      (authority, timeMs) => {
        const writer = new CborWriter(new Uint8Array(200));
        for (const request of [plain, [plain, plain]]) {
          expect(writeRequest(writer, request, encodeStamp({ authority, timeMs }))).toBeUndefined();
          expect(writer.written()).toEqual(encodeRequest(request, { authority, timeMs }));
        }
      },
    ),
  );
});

describe('refused, with the place', () => {
  const entity = { uid: { type: 'T', id: 'i' }, attrs: {}, parents: [] };
  test.each<[string, unknown, string]>([
    ['no request', null, 'must be a request'],
    ['text', 'x', 'must be a request'],
    ['an instance of a class', new Map(), 'principal: must be an entity, {"type", "id"}'],
    ['a context that is an instance of a class', { ...plain, context: new Map() }, 'context: must be a plain object'],
    ['an array', [[plain]], '[0]: must be a request'],
    ['a missing principal', { ...plain, principal: undefined }, 'principal: must be an entity, {"type", "id"}'],
    ['an entity without id', { ...plain, resource: { type: 'File' } }, 'resource.id: must be text'],
    [
      'an unknown field',
      { ...plain, subject: 1 },
      'subject: unknown; a request has principal, action, resource, context, entities, ref',
    ],
    [
      'an unknown field of an entity',
      { ...plain, principal: { type: 'A', id: 'a', x: 1 } },
      'principal.x: unknown; an entity has type, id',
    ],
    ['an action that is no name', { ...plain, action: 5 }, 'action: must be an entity, {"type", "id"}'],
    ['a ref that is no text', { ...plain, ref: 5 }, 'ref: must be text'],
    ['a context that is a set', { ...plain, context: [] }, 'context: must be an object'],
    ['a context of nothing', { ...plain, context: null }, 'context: must be an object'],
    ['a fraction', { ...plain, context: { foo: 1.5 } }, 'context.foo: must be an integer; beyond 2^53 a bigint'],
    [
      'an unsafe number',
      { ...plain, context: { foo: 2 ** 53 } },
      'context.foo: must be an integer; beyond 2^53 a bigint',
    ],
    ['more than 64 bits', { ...plain, context: { foo: 2n ** 63n } }, 'context.foo: must be an integer of 64 bits'],
    [
      'less than 64 bits',
      { ...plain, context: { foo: -(2n ** 63n) - 1n } },
      'context.foo: must be an integer of 64 bits',
    ],
    [
      'null',
      { ...plain, context: { foo: null } },
      'context.foo: must be true, false, an integer, text, an array or an object',
    ],
    [
      'null in a set',
      { ...plain, context: { foo: { bar: [1, null] } } },
      'context.foo.bar[1]: must be true, false, an integer, text, an array or an object',
    ],
    ['a date', { ...plain, context: { 'a b': new Date(0) } }, 'context["a b"]: must be a plain object'],
    [
      'a lone surrogate',
      { ...plain, context: { foo: '\ud800' } },
      'context.foo: must be Unicode text; it has a lone surrogate',
    ],
    [
      'a name with a lone surrogate',
      { ...plain, context: { '\ud800': 1 } },
      'context["\\ud800"]: must be Unicode text; it has a lone surrogate',
    ],
    [
      'an unknown extension',
      { ...plain, context: { foo: { __extn: { fn: 'uuid', arg: 'x' } } } },
      'context.foo.__extn: "x" is no uuid',
    ],
    [
      'a bad address',
      { ...plain, context: { foo: { __extn: { fn: 'ip', arg: '1.2.3' } } } },
      'context.foo.__extn: "1.2.3" is no ip',
    ],
    [
      'an extension of another shape',
      { ...plain, context: { foo: { __extn: { fn: 'ip' } } } },
      'context.foo.__extn: must be {"fn", "arg"}, both text',
    ],
    [
      'an escape among others',
      { ...plain, context: { foo: { __entity: { type: 'T', id: 'i' }, b: 1 } } },
      'context.foo.__entity: stands for a value of its own, not for an attribute',
    ],
    [
      'an expression',
      { ...plain, context: { foo: { __expr: '1' } } },
      'context.foo.__expr: stands for a value of its own, not for an attribute',
    ],
    ['entities that are no array', { ...plain, entities: {} }, 'entities: must be an array of entities'],
    ['entities of nothing', { ...plain, entities: null }, 'entities: must be an array of entities'],
    [
      'an entity without parents',
      { ...plain, entities: [{ ...entity, parents: undefined }] },
      'entities[0].parents: must be an array of entities',
    ],
    [
      'an entity without attributes',
      { ...plain, entities: [{ ...entity, attrs: undefined }] },
      'entities[0].attrs: must be an object',
    ],
    [
      'an entity twice',
      { ...plain, entities: [entity, { ...entity, attrs: { a: 1 } }] },
      'entities[1].uid: given twice',
    ],
    [
      'an unknown field in the store',
      { ...plain, entities: [{ ...entity, attributes: {} }] },
      'entities[0].attributes: unknown; an entity of the store has uid, attrs, parents, tags',
    ],
    ['tags of nothing', { ...plain, entities: [{ ...entity, tags: null }] }, 'entities[0].tags: must be an object'],
    [
      'a bad second request',
      [plain, { ...plain, context: { foo: 0.5 } }],
      '[1].context.foo: must be an integer; beyond 2^53 a bigint',
    ],
    [
      'more than the engine takes',
      { ...plain, context: { foo: 'x'.repeat(49_152) } },
      'a request has at most 49152 bytes',
    ],
  ])('%s', (_, request, message) => {
    expect(encodeRequest(request as Request, stamp)).toEqual({ code: 'malformed-request', message });
  });

  test('nesting without end', () => {
    const loop: Record<string, Value> = {};
    loop['a'] = loop;
    const { message } = encodeRequest({ ...plain, context: loop }, stamp) as Refusal;
    expect(message).toMatch(/^context(\.a)+: nested more than 64 deep$/);
  });
});

const text = (context: string): string =>
  `{"principal":{"type":"Agent","id":"a"},"action":"file.read","resource":{"type":"File","id":"/x"},"context":${context}}`;
const parsed = (json: string | Uint8Array): Request => parseRequestJson(json) as Request;

describe('JSON', () => {
  test('integers are exact over all 64 bits', () => {
    const { context } = parsed(text('{"a":9007199254740993,"b":-9223372036854775808,"c":9223372036854775807,"d":-0}'));
    expect(context).toEqual({ a: 9007199254740993n, b: -9223372036854775808n, c: 9223372036854775807n, d: -0 });
    expect(encoded(parsed(text('{"d":-0}')))).toBe(encoded(parsed(text('{"d":0}'))));
  });

  test('bytes are read as UTF-8', () => {
    expect(parsed(new TextEncoder().encode(text('{"a":"ä"}'))).context).toEqual({ a: 'ä' });
  });

  test('colons and quotes in text are not names', () => {
    expect(parsed(text('{"a:b":"c:\\"d\\":e\\\\"}')).context).toEqual({ 'a:b': 'c:"d":e\\' });
  });

  test.each<[string, string | Uint8Array, RegExp]>([
    ['no JSON', '{', /JSON|Expected|expected/],
    ['nothing', '', /JSON|Unexpected|end/],
    ['two values', `${text('{}')} 1`, /JSON|position|token/],
    ['a number with a fraction', text('{"a":1.0}'), /^context\.a: must be an integer/],
    ['a number with an exponent', text('{"a":1e3}'), /^context\.a: must be an integer/],
    ['more than 64 bits', text('{"a":9223372036854775808}'), /^context\.a: must be an integer of 64 bits/],
    ['an endless integer', text(`{"a":${'9'.repeat(1000)}}`), /^context\.a: must be an integer/],
    ['a name given twice', text('{"a":1,"a":2}'), /^an object gives a name twice/],
    ['a name given twice, once escaped', text('{"a":1,"\\u0061":2}'), /^an object gives a name twice/],
    ['an object replaced whole', text('{"a":{"b":1},"a":2}'), /^an object gives a name twice/],
    ['an empty name given twice', text('{"":1,"":2}'), /^an object gives a name twice/],
    ['a prototype', text('{"__proto__":null}'), /^context\.__proto__: must be/],
    ['bytes that are not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), /^must be UTF-8/],
    ['a byte order mark', new TextEncoder().encode(`\ufeff${text('{}')}`), /JSON|token/],
    ['deep nesting', '['.repeat(100_000), /./],
    ['deep nesting that ends', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, /./],
    ['a very long text', ' '.repeat(2 ** 20 + 1), /at most 1048576 characters/],
  ])('%s is refused', (_, json, message) => {
    expect(parseRequestJson(json)).toEqual({ code: 'malformed-request', message: expect.stringMatching(message) });
  });

  test('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.json().map(text)), (json) => {
        const result = parseRequestJson(json);
        expect(isRefusal(result) || typeof result === 'object').toBe(true);
      }),
    );
  });
});
