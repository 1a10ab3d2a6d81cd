// What does not fit blocks (SPEC §5, codes 18 and 21): at the last size that fits and the first that does not.

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { compileProgram, decideBytes, loadCore, loadPrograms } from './core.ts';
import { compareBytes, encode } from './reference/cbor.ts';
import { CODE, VERDICT } from './reference/codes.ts';
import { decide, type Program } from './reference/decide.ts';
import { parsePolicy } from './reference/policy.ts';
import { requestItem } from './reference/request.ts';
import { parseSchema } from './reference/schema.ts';
import { INITIAL_STATE, stateBytes, type State } from './reference/state.ts';
import { entity } from './reference/value.ts';

const SCHEMA_TEXT = 'entity U; action a appliesTo { principal: U, resource: U };';
const PERMIT = 'permit(principal, action, resource);';
const NO_LAYERS = createHash('sha256').update(Uint8Array.of(0x80)).digest();

const core = loadCore();

/** The packed answer to a sound request, `requests` of them at once; core and reference must agree on every byte. */
function answer(
  labels: string[],
  policies: string[],
  { requests = 1, state = INITIAL_STATE }: { requests?: number; state?: State },
) {
  const binary = compileProgram({ schema: SCHEMA_TEXT, labels, policies, authorityRequired: false });
  const program: Program = {
    schema: parseSchema(SCHEMA_TEXT),
    labels: labels.map((text, index) => parsePolicy(`label${index}`, text)),
    levels: [policies.map((text, index) => parsePolicy(`policy${index}`, text))],
    authorityRequired: false,
    digest: createHash('sha256').update(binary).digest(),
    layersDigest: NO_LAYERS,
  };
  const item = requestItem({
    principal: entity('U', 'u'),
    action: entity('Action', 'a'),
    resource: entity('U', 'u'),
    context: new Map(),
    authority: NO_LAYERS,
    time: 0n,
    entities: [],
  });
  const bytes = encode(requests === 1 ? item : Array<typeof item>(requests).fill(item));
  loadPrograms(core, [binary]);
  expect(core.setState(stateBytes(state))).toBe(0);
  const [actual, expected] = [decideBytes(core, bytes), decide(program, state, bytes)];
  const agree = {
    code: actual.packed >> 8,
    bytes: compareBytes(actual.bytes, expected.bytes),
    state: compareBytes(actual.state, stateBytes(expected.state)),
  };
  expect(agree).toEqual({ code: expected.packed >> 8, bytes: 0, state: 0 });
  return { verdict: actual.packed & 255, code: actual.packed >> 8, bytes: actual.bytes.length };
}

/** The names of labels that take exactly this many bytes in a state. */
function labelsOf(total: number): string[] {
  const names: string[] = [];
  for (let left = total; left > 0;) {
    // A label of 64 characters takes 66 bytes; the last two share what is left, so that neither is too short.
    const size = left > 132 ? 66 : left > 66 ? Math.floor(left / 2) : left;
    const serial = String(names.length).padStart(3, '0');
    names.push('l'.repeat(size - 2 - serial.length) + serial);
    left -= size;
  }
  expect(names.reduce((sum, name) => sum + encode(name).length, 0)).toBe(total);
  return names;
}
const sticky = (names: string[]): string[] =>
  names.map((name) => `@label("${name}") @sticky permit(principal, action, resource);`);
const asked = (names: string[]): string[] => sticky(names).map((text) => text.replace(';', ' when { false };'));

// An array of more than 23 labels has a head of two bytes.
const LABEL_BYTES_MAX = 8_190;

test(`sticky labels of ${LABEL_BYTES_MAX} bytes are kept`, () => {
  expect(answer(sticky(labelsOf(LABEL_BYTES_MAX)), [PERMIT], {})).toMatchObject({ code: CODE.permitted });
});

test(`sticky labels of ${LABEL_BYTES_MAX + 1} bytes block`, () => {
  const { verdict, code } = answer(sticky(labelsOf(LABEL_BYTES_MAX + 1)), [PERMIT], {});
  expect({ verdict, code }).toEqual({ verdict: VERDICT.block, code: CODE.stateLimit });
});

test('a state with more labels than that is none', () => {
  const names = labelsOf(LABEL_BYTES_MAX + 1);
  loadPrograms(core, [
    compileProgram({ schema: SCHEMA_TEXT, labels: asked(names), policies: [PERMIT], authorityRequired: false }),
  ]);
  const labels = names.toSorted((left, right) => Buffer.compare(encode(left), encode(right)));
  expect(core.setState(stateBytes({ ...INITIAL_STATE, labels }))).toBe(CODE.noState);
});

test('the numbers of a state do not grow beyond 2^53 − 1', () => {
  const most = 2n ** 53n - 1n;
  const state = { ...INITIAL_STATE, version: most, requests: most, blocked: most, refused: [most] };
  expect(answer([], [PERMIT], { state })).toMatchObject({ code: CODE.permitted });
  expect(answer([], [], { state })).toMatchObject({ code: CODE.noPermit });
  expect(core.setState(stateBytes({ ...state, blocked: most + 1n }))).toBe(CODE.noState);
});

test.each([
  ['the largest decision that fits is given', 7, CODE.permitted],
  ['a decision one byte larger blocks', 8, CODE.decisionTooLarge],
])('%s', (_what, labelLength, code) => {
  // 620 permits, each named twice, make 12,280 bytes with an empty list of labels.
  const label = `@label("${'l'.repeat(labelLength)}") permit(principal, action, resource);`;
  const given = answer([label], Array<string>(620).fill(PERMIT), {});
  expect(given.code).toBe(code);
  if (code === CODE.permitted) expect(given.bytes).toBe(12_288);
});

test('a transaction whose answers do not fit together is blocked as a whole', () => {
  const policies = Array<string>(100).fill(PERMIT);
  expect(answer([], policies, {})).toMatchObject({ code: CODE.permitted });
  expect(answer([], policies, { requests: 8 })).toMatchObject({ verdict: VERDICT.block, code: CODE.decisionTooLarge });
});
