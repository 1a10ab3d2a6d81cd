// The ABI's promises (SPEC §7) that hold whatever the policies are: what is loaded, dropped and answered, and when.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadEngine, type Engine } from '../../bindings/engine.ts';
import { assemble, cbor, conditional, op, parts, policy, text, TEXT, uid } from './assembler.ts';

const WASM = readFileSync(new URL('../../engine/engine.wasm', import.meta.url));
const INITIAL = cbor('ac00000100020003800480050006800780088009830000000a000b80');
const CODE = {
  permitted: 0,
  noPermit: 4,
  malformed: 5,
  derivedParents: 11,
  authorityMismatch: 14,
  outOfFuel: 15,
  noProgram: 16,
  noState: 17,
};
const BLOCK = 6;

const permit = assemble(parts());
const sha256 = (...bytes: Uint8Array[]): Uint8Array => createHash('sha256').update(Buffer.concat(bytes)).digest();
/** SPEC §7: the digest of the canonical array of the layers' digests. */
const setDigest = (...layers: Uint8Array[]): Uint8Array =>
  sha256(Uint8Array.of(0x80 + layers.length), ...layers.flatMap((layer) => [cbor('5820'), sha256(layer)]));

/** User "u" doing "act" to itself, with this context and under these layers. */
function request(context = 'a0', layers: Uint8Array[] = []): Uint8Array {
  const [user, action] = [uid('U', 'u'), uid('Action', 'act')];
  const keys = [[0], user, [1], action, [2], user, [3], cbor(context), [4, 0x58, 0x20], setDigest(...layers), [5, 7]];
  return Uint8Array.from([0xa6, ...keys.flatMap((part) => [...part])]);
}

function ask(engine: Engine, bytes: Uint8Array) {
  engine.request.set(bytes);
  const packed = engine.decide(bytes.length);
  return { verdict: packed & 0xff, code: packed >> 8 };
}

function ready(program = permit, layers: Uint8Array[] = []): Engine {
  const engine = loadEngine(WASM);
  expect([engine.load(program), ...layers.map((layer) => engine.pushLayer(layer))]).toEqual([
    0,
    ...layers.map(() => 0),
  ]);
  expect(engine.setState(INITIAL)).toBe(0);
  return engine;
}

/** Where the last decision names the program and the layers: 32 bytes behind the keys 9 and 10. */
const named = (engine: Engine, key: 9 | 10): string => {
  const hex = Buffer.from(engine.decision()).toString('hex');
  return /^.*09(?:5820)(.{64})0a5820(.{64})0b.{2,18}0cf6$/.exec(hex)![key - 8]!;
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('a permit of everything allows, and says by which program and layers', () => {
  const engine = ready();
  expect(ask(engine, request())).toEqual({ verdict: 0, code: CODE.permitted });
  expect(named(engine, 9)).toBe(hex(sha256(permit)));
  expect(named(engine, 10)).toBe(hex(setDigest()));
  expect(hex(setDigest())).toBe('76be8b528d0075f7aae98d6fa57a6d3c83ae480a8469e668d7b0af968995ac71');
  expect(hex(engine.state())).toBe('ac00010101020003800480050006800780088009830000000a000b80');
});

test('with nothing loaded every request is blocked, and no state is counted', () => {
  const engine = loadEngine(WASM);
  expect(ask(engine, request())).toEqual({ verdict: BLOCK, code: CODE.noProgram });
  expect(named(engine, 9)).toBe('00'.repeat(32));
  expect(engine.state()).toHaveLength(0);
});

test('a failed load leaves nothing loaded', () => {
  const engine = ready();
  expect(engine.load(permit.slice(1))).not.toBe(0);
  expect(ask(engine, request())).toEqual({ verdict: BLOCK, code: CODE.noProgram });
});

test('a failed push leaves nothing loaded', () => {
  const engine = ready();
  expect(engine.pushLayer(permit.slice(1))).not.toBe(0);
  expect(ask(engine, request())).toEqual({ verdict: BLOCK, code: CODE.noProgram });
  expect(engine.setState(INITIAL)).toBe(CODE.noState);
});

test('a load drops the state, and the layers', () => {
  const engine = ready(permit, [permit]);
  expect(engine.load(permit)).toBe(0);
  expect(ask(engine, request())).toEqual({ verdict: BLOCK, code: CODE.noState });
  expect(engine.popLayer()).toBe(-1);
});

test('a refused state leaves none', () => {
  const engine = ready();
  expect(engine.setState(INITIAL.slice(0, -1))).toBe(CODE.noState);
  expect(ask(engine, request())).toEqual({ verdict: BLOCK, code: CODE.noState });
});

const STATES: [string, string][] = [
  ['a number with a long head', 'ac0018000100020003800480050006800780088009830000000a000b80'],
  ['a negative number', 'ac00200100020003800480050006800780088009830000000a000b80'],
  ['a number beyond 2^53 − 1', 'ac001b00200000000000000100020003800480050006800780088009830000000a000b80'],
  ['a missing key', 'ab00000100020003800480050006800780088009830000000a00'],
  ['bytes after it', 'ac00000100020003800480050006800780088009830000000a000b8000'],
  ['a label the program lacks', 'ac000001000200038161780480050006800780088009830000000a000b80'],
  ['labels out of order', 'ac00000100020003826270316270300480050006800780088009830000000a000b80'],
  ['a label twice', 'ac00000100020003826270306270300480050006800780088009830000000a000b80'],
];

const LABELS = [2, 0, TEXT.p0, TEXT.p1];
const LABELLING = assemble(parts({ labels: LABELS }));

test('a state with the program’s labels is taken', () => {
  expect(ready(LABELLING).setState(cbor('ac00000100020003826270306270310480050006800780088009830000000a000b80'))).toBe(
    0,
  );
});

for (const [name, state] of STATES) {
  test(`no state: ${name}`, () => {
    expect(ready(LABELLING).setState(cbor(state))).toBe(CODE.noState);
  });
}

test('only the layers a request names may judge it', () => {
  const other = assemble(parts({ policies: [policy({ 0: TEXT.p1 })] }));
  const engine = ready(permit, [permit, other]);
  expect(ask(engine, request('a0', [permit, other]))).toEqual({ verdict: 0, code: CODE.permitted });
  expect(named(engine, 10)).toBe(hex(setDigest(permit, other)));
  for (const layers of [[], [permit], [other, permit], [permit, other, other]]) {
    expect(ask(engine, request('a0', layers))).toEqual({ verdict: BLOCK, code: CODE.authorityMismatch });
  }
  expect(engine.popLayer()).toBe(0);
  expect(ask(engine, request('a0', [permit]))).toEqual({ verdict: 0, code: CODE.permitted });
});

test('a program that requires authority blocks without layers', () => {
  const engine = ready(assemble(parts({ flags: 1 })));
  expect(ask(engine, request())).toEqual({ verdict: BLOCK, code: CODE.authorityMismatch });
  expect(engine.pushLayer(permit)).toBe(0);
  expect(ask(engine, request('a0', [permit]))).toEqual({ verdict: 0, code: CODE.permitted });
});

test('a request longer than its window is malformed', () => {
  const engine = ready();
  expect(engine.decide(engine.request.length + 1) >> 8).toBe(CODE.malformed);
  expect(engine.decide(-1) >> 8).toBe(CODE.malformed);
});

/** {"numbers": [0, 1, …]}: a set of n Longs below 2^16. */
function numbers(n: number): string {
  const items = Array.from({ length: n }, (_, i) => (i < 24 ? [i] : i < 256 ? [0x18, i] : [0x19, i >> 8, i & 0xff]));
  return hex(Uint8Array.of(0xa1, ...text('numbers'), 0x99, n >> 8, n & 0xff, ...items.flat()));
}

const CONTAINS = [op('CONTEXT_ATTR', TEXT.numbers), op('CONSTANT', TEXT.p0), op('CONTAINS')];

/** `numbers.contains("p0") || numbers.contains("p0") || …` */
function searching(times: number): Uint8Array {
  const end = times * 4;
  return conditional(
    Array.from({ length: times }, () => [...CONTAINS, op('OR', end)])
      .flat()
      .with(end - 1, op('BOOL')),
  );
}

test('a policy that would take too many steps blocks, and the next decision has its own', () => {
  expect(ask(ready(searching(100)), request(numbers(16_000)))).toEqual({ verdict: BLOCK, code: CODE.noPermit });
  const engine = ready(searching(200));
  expect(ask(engine, request(numbers(16_000)))).toEqual({ verdict: BLOCK, code: CODE.outOfFuel });
  expect(ask(engine, request(numbers(256)))).toEqual({ verdict: BLOCK, code: CODE.noPermit });
});

/** `![[numbers], [numbers], …].isEmpty()`: every inner set takes as many bytes as the numbers. */
function copying(times: number): Uint8Array {
  const copies = Array.from({ length: times }, () => [op('CONTEXT_ATTR', TEXT.numbers), op('SET', 1)]).flat();
  return conditional([...copies, op('SET', times), op('IS_EMPTY'), op('NOT')]);
}

test('a policy that would take too much memory blocks', () => {
  expect(ask(ready(copying(50)), request(numbers(16_000)))).toEqual({ verdict: 0, code: CODE.permitted });
  expect(ask(ready(copying(100)), request(numbers(16_000)))).toEqual({ verdict: BLOCK, code: CODE.outOfFuel });
});

test('parents that the store gives an action count for Cedar’s answer, though the index knows nothing of them', () => {
  const group = uid('Action', 'grp');
  const constants = [...parts().constants.slice(0, -1), group, cbor('f5')];
  const engine = ready(assemble(parts({ constants, lists: [1, 6], policies: [policy({ 13: 0 })] })));
  const entry = [0x83, ...uid('Action', 'act'), 0x81, ...group, 0xa0];
  const stored = Uint8Array.from([...request(), 6, 0x81, ...entry]).with(0, 0xa7);
  expect(ask(engine, request())).toEqual({ verdict: BLOCK, code: CODE.noPermit });
  expect(hex(engine.decision())).toContain('0883f48080');
  expect(ask(engine, stored)).toEqual({ verdict: BLOCK, code: CODE.derivedParents });
  expect(hex(engine.decision())).toContain('0883f581627030');
});

test('two instances answer the same bytes', () => {
  const [first, second] = [ready(), ready()];
  for (const bytes of [request(), request('a164666c6167f5'), request('a164666c616700'), new Uint8Array(0)]) {
    expect(ask(first, bytes)).toEqual(ask(second, bytes));
    expect(hex(first.decision())).toBe(hex(second.decision()));
    expect(hex(first.state())).toBe(hex(second.state()));
  }
});
