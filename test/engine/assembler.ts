// Programs put together by hand from SPEC §8, so that each of their fields can be made wrong on its own.
// Shares nothing with the compiler but the opcodes' numbers.

import { OPCODE } from '../../engine/compiler/format.ts';

export const NONE = 0xffffffff;

/** The parts of a program. Everything is a `u32` unless it is bytes. */
export interface Parts {
  magic: string;
  version: number;
  flags: number;
  subject: Uint8Array;
  uses: number;
  constants: Uint8Array[];
  lists: number[];
  schema: { counts: number[]; words: number[]; names: Uint8Array[] };
  labels: number[];
  policies: number[][];
  code: number[];
}

export const cbor = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

/** A short text, or an entity with short names, in CBOR. */
export const text = (value: string): Uint8Array => Uint8Array.of(0x60 + value.length, ...Buffer.from(value));
export const uid = (type: string, id: string): Uint8Array => Uint8Array.of(0xa2, 0, ...text(type), 1, ...text(id));

export const op = (name: keyof typeof OPCODE, operand = 0): number => (OPCODE[name] | (operand << 8)) >>> 0;

const words = (numbers: number[]): Uint8Array => new Uint8Array(Uint32Array.from(numbers).buffer);

function pool(items: Uint8Array[]): Uint8Array {
  const offsets = [0];
  for (const item of items) offsets.push(offsets.at(-1)! + item.length);
  return Buffer.concat([words([items.length, ...offsets]), ...items]);
}

// Indexes into CONSTANTS, LISTS and NAMES below.
export const TEXT = { p0: 0, p1: 1, flag: 2, numbers: 3 };
export const ENTITY = { u: 4, act: 5 };
export const TRUE = 6;
const NAME = { U: 0, act: 1, flag: 2, Action: 3, numbers: 4 };

const CONSTANTS = [
  text('p0'),
  text('p1'),
  text('flag'),
  text('numbers'),
  uid('U', 'u'),
  uid('Action', 'act'),
  cbor('f5'),
];
const LISTS = [1, ENTITY.act];

// entity U; action act appliesTo { principal: U, resource: U, context: { flag?: Bool, numbers?: Set<Long> } };
const SCHEMA = {
  counts: [3, 2, 2, 2, 1, 1],
  words: [
    [0, 0, 1, 0, 3, 1],
    [NAME.flag, 0, 0, NAME.numbers, 2, 0],
    [0, 0, 0, 2],
    [NAME.U, 0, 0, 0, 0, NONE, 0, 0],
    [NAME.Action, 6, 0, 0, 0, NONE, 0, 0],
    [1, NAME.act, 0, 0, 0, 1, 0, 1, 1],
    [0],
  ].flat(),
  names: [text('U'), text('act'), text('flag'), text('Action'), text('numbers')],
};

/** A policy record: a permit of everything without a condition, unless fields are given by number (SPEC §8.2). */
export function policy(fields: Record<number, number> = {}): number[] {
  const record = [TEXT.p0, 0, 0, 0, NONE, 0, NONE, 0, NONE, NONE, 0, NONE, NONE, NONE, 0, 0];
  for (const [field, value] of Object.entries(fields)) record[Number(field)] = value;
  return record;
}

/** A sound program of one unconditional permit, with some parts replaced. */
export function parts(replaced: Partial<Parts> = {}): Parts {
  return {
    magic: 'PLMB',
    version: 2,
    flags: 0,
    subject: new Uint8Array(32),
    uses: 0,
    constants: CONSTANTS,
    lists: LISTS,
    schema: SCHEMA,
    labels: [0, 0],
    policies: [policy()],
    code: [],
    ...replaced,
  };
}

/** The program's bytes. */
export function assemble({
  magic,
  version,
  flags,
  subject,
  uses,
  constants,
  lists,
  schema,
  labels,
  policies,
  code,
}: Parts): Uint8Array {
  const sections = [
    pool(constants),
    words(lists),
    Buffer.concat([words([...schema.counts, ...schema.words]), pool(schema.names)]),
    words(labels),
    words(policies.flat()),
    words(code),
  ];
  const header = Buffer.concat([
    Buffer.from(magic),
    words([version | (flags << 16), ...sections.map(({ length }) => length)]),
    subject,
    words([uses]),
  ]);
  const filled = sections.map((section) => Buffer.concat([section, new Uint8Array(-section.length & 3)]));
  return Uint8Array.from(Buffer.concat([header, ...filled]));
}

/** A sound program whose one policy has this condition. */
export const conditional = (code: number[], lists = LISTS): Uint8Array =>
  assemble(parts({ policies: [policy({ 15: code.length })], code, lists }));
