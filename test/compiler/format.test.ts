// The two copies of the program format's numbers, the writer's and the reader's, are the same.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as format from '../../engine/compiler/format.ts';

/** AssemblyScript's `export const NAME: u32 = VALUE`, read as text: its types are not TypeScript's. */
function constantsOf(file: string): Map<string, number> {
  const text = readFileSync(new URL(`../../engine/assembly/numbers/${file}`, import.meta.url), 'utf8');
  const constants = new Map<string, number>();
  for (const [, name, value] of text.matchAll(/^export const (\w+): [iu]32 = ([^;]+);/gm)) {
    const [, base, shift] = /^(\w+)(?: << (\d+))?$/.exec(value!) ?? [];
    if (base !== undefined) constants.set(name!, Number(base) * 2 ** Number(shift ?? 0));
  }
  return constants;
}

const prefixed = (prefix: string, numbers: Record<string, number>): [string, number][] =>
  Object.entries(numbers).map(([name, number]) => [
    prefix + name.replace(/(?<=[a-z])(?=[A-Z])/, '_').toUpperCase(),
    number,
  ]);

test('format.ts of the compiler and of the engine agree', () => {
  const expected = new Map([
    ['MAGIC', new DataView(new TextEncoder().encode(format.MAGIC).buffer).getUint32(0, true)],
    ['FORMAT_VERSION', format.FORMAT_VERSION],
    ['FLAG_AUTHORITY_REQUIRED', format.FLAG_AUTHORITY_REQUIRED],
    ['HEADER_BYTES', format.HEADER_BYTES],
    ['HEADER_SUBJECT', format.HEADER_SUBJECT],
    ['HEADER_USES', format.HEADER_USES],
    ['NONE', format.NONE],
    ['SET_DECISION', format.SET_DECISION],
    ['SET_LABEL', format.SET_LABEL],
    ['SET_EXPECT', format.SET_EXPECT],
    ['ATTRIBUTE_REQUIRED', format.ATTRIBUTE_REQUIRED],
    ['ATTRIBUTE_SENSITIVE', format.ATTRIBUTE_SENSITIVE],
    ['VERDICT_HARD', format.VERDICT_HARD],
    ['ACTION_EXACT', format.ACTION_EXACT],
    ...prefixed('TYPE_', format.VALUE_KIND),
    ...prefixed('KIND_', format.ENTITY_KIND),
    ...prefixed('SUPPLIED_', format.SUPPLIED),
    ...prefixed('EFFECT_', format.EFFECT),
    ...prefixed('ATTACHES_', format.ATTACHES),
    ...prefixed('SCOPE_', format.SCOPE),
    ...prefixed('OP_', format.OPCODE),
  ] as [string, number][]);
  const engine = constantsOf('format.ts');
  // Of no use to the compiler.
  for (const name of ['POLICY_BYTES', 'VERDICT_APPROVE']) engine.delete(name);
  expect(Object.fromEntries(engine)).toEqual(Object.fromEntries(expected));
});

test('the compiler refuses what the engine could not hold, and only that', () => {
  const engine = constantsOf('limits.ts');
  expect({
    PROGRAM_CAP: format.PROGRAM_BYTES_MAX,
    CONSTANTS_MAX: format.CONSTANTS_MAX,
    ACTIONS_MAX: format.ACTIONS_MAX,
    TABLE_MAX: format.TYPES_MAX,
    LABELS_MAX: format.LABELS_MAX,
    POLICIES_MAX: format.POLICIES_MAX,
    STACK_MAX: format.STACK_VALUES_MAX,
    DEPTH_MAX: format.CONSTANT_DEPTH_MAX,
  }).toEqual(
    Object.fromEntries(
      [
        'PROGRAM_CAP',
        'CONSTANTS_MAX',
        'ACTIONS_MAX',
        'TABLE_MAX',
        'LABELS_MAX',
        'POLICIES_MAX',
        'STACK_MAX',
        'DEPTH_MAX',
      ].map((name) => [name, engine.get(name)]),
    ),
  );
});
