// Checked policies and schema → program bytes (SPEC §8). Trusts what it is given; refuses only what the engine cannot
// hold. The same input gives the same bytes in every process and runtime: order comes from the sources and from encoded
// bytes.

import type { Attachment, Outcome } from './annotations.ts';
import type { Fault, Source } from './diagnostic.ts';
import type { EntityUid } from './expression.ts';
import {
  ACTION_EXACT,
  ATTACHES,
  CONSTANTS_MAX,
  EFFECT,
  FLAG_AUTHORITY_REQUIRED,
  FORMAT_VERSION,
  HEADER_BYTES,
  HEADER_SUBJECT,
  HEADER_USES,
  LABELS_MAX,
  MAGIC,
  NONE,
  OPCODE,
  POLICIES_MAX,
  PROGRAM_BYTES_MAX,
  SCOPE,
  SET_DECISION,
  SET_EXPECT,
  SET_LABEL,
} from './format.ts';
import type { Instruction, List } from './lower.ts';
import { Lists, lowerPolicy } from './lower.ts';
import type { EntityScope, PolicyBody } from './parse.ts';
import type { Constant } from './pool.ts';
import { Pool, poolBytes, wordBytes } from './pool.ts';
import { compareBytes } from './value.ts';

/** The grant that a layer is compiled from, as its header names it (SPEC §8). */
export interface LayerSubject {
  /** SHA-256 of the grant's token. */
  subject: Uint8Array;
  /** How many requests are released under it in one session: 1 … 2^32 − 1. Without it, any number. */
  uses?: number;
}

/** A policy and what it does; its text is not needed any more. */
export type Compilable = { policy: PolicyBody } & ({ attachment: Attachment } | { outcome: Outcome });

/** A fault, and the source it lies in if it lies in one. `at` is a UTF-16 offset into that source. */
type ProgramFault = Fault & { source?: Source | undefined; at?: number };

type Field = number | Constant | { list: List; bits?: number };

/**
 * @param policies label policies first, each set in the order of the sources
 * @throws {TypeError | RangeError} on a subject or a number of uses that is none
 */
export function buildProgram(
  schemaBytes: Uint8Array,
  policies: Compilable[],
  authority: 'none' | 'required',
  layer?: LayerSubject,
): { program: Uint8Array } | { faults: ProgramFault[] } {
  if (layer !== undefined) checkSubject(layer);
  const pool = new Pool();
  const lists = new Lists();
  const labels = namesOf(policies, (kind) => kind !== 'clearance', pool);
  const clearances = namesOf(policies, (kind) => kind === 'clearance', pool);
  const faults: ProgramFault[] = [];
  const records: Field[][] = [];
  const code: Instruction[] = [];
  for (const checked of policies) {
    const { policy } = checked;
    const action = actionField(policy, pool, lists);
    const lowered = lowerPolicy(policy, pool, lists);
    if ('fault' in lowered) {
      faults.push({ ...lowered.fault, source: policy.source });
      continue;
    }
    const scopes = [...scopeFields(policy.principal, pool), ...scopeFields(policy.resource, pool)];
    const effects = effectFields(checked, pool, labels, clearances);
    records.push([pool.intern(policy.id), ...effects, ...scopes, action, code.length, lowered.code.length]);
    for (const instruction of lowered.code) code.push(instruction);
  }
  const constants = pool.inOrder();
  const tooMany = (what: string, count: number, max: number) => {
    if (count > max) faults.push({ code: 'too-large', message: `there are ${count} ${what}; the engine holds ${max}` });
  };
  tooMany('policies', policies.length, POLICIES_MAX);
  tooMany('constants', constants.length, CONSTANTS_MAX);
  tooMany('labels', labels.length, LABELS_MAX);
  tooMany('clearances', clearances.length, LABELS_MAX);
  if (faults.length > 0) return { faults };
  const listIndex = indexLists(lists.all);
  const field = (value: Field): number => {
    if (typeof value === 'number') return value;
    return 'list' in value ? (listIndex.get(value.list)! | (value.bits ?? 0)) >>> 0 : value.index;
  };
  const program = assemble(authority === 'required' ? FLAG_AUTHORITY_REQUIRED : 0, layer, [
    poolBytes(constants),
    wordBytes(lists.all.flatMap((list) => [list.length, ...list.map(field)])),
    schemaBytes,
    wordBytes([labels.length, clearances.length, ...[...labels, ...clearances].map(field)]),
    wordBytes(records.flatMap((record) => record.map(field))),
    wordBytes(code.map(({ opcode, operand }) => word(opcode, field(operand)))),
  ]);
  tooMany('bytes in the program', program.length, PROGRAM_BYTES_MAX);
  return faults.length > 0 ? { faults } : { program };
}

const SUBJECT_BYTES = 32;
const USES_MAX = 2 ** 32 - 1;

function checkSubject({ subject, uses }: LayerSubject): void {
  if (!(subject instanceof Uint8Array)) throw new TypeError('subject must be bytes');
  if (subject.length !== SUBJECT_BYTES || subject.every((byte) => byte === 0)) {
    throw new RangeError(`subject must be a digest of ${SUBJECT_BYTES} bytes`);
  }
  if (uses !== undefined && !(Number.isSafeInteger(uses) && uses >= 1 && uses <= USES_MAX)) {
    throw new RangeError(`uses must be a whole number from 1 to ${USES_MAX}`);
  }
}

function namesOf(policies: Compilable[], wanted: (kind: Attachment['kind']) => boolean, pool: Pool): Constant[] {
  const attachments = policies.flatMap((policy) => ('attachment' in policy ? [policy.attachment] : []));
  const names = new Set(attachments.filter(({ kind }) => wanted(kind)).map(({ name }) => pool.intern(name)));
  return [...names].toSorted((a, b) => compareBytes(a.bytes, b.bytes));
}

function effectFields(checked: Compilable, pool: Pool, labels: Constant[], clearances: Constant[]): Field[] {
  const effect = EFFECT[checked.policy.effect];
  if ('outcome' in checked) {
    const { verdict, argument, expected, count } = checked.outcome;
    return [
      expected === undefined ? SET_DECISION : SET_EXPECT,
      effect,
      verdict,
      argument === undefined ? NONE : pool.intern(argument),
      count === undefined ? ATTACHES.nothing : ATTACHES.counted,
      count ?? NONE,
    ];
  }
  const { kind, name } = checked.attachment;
  const table = kind === 'clearance' ? clearances : labels;
  return [SET_LABEL, effect, 0, NONE, ATTACHES[kind], table.indexOf(pool.intern(name))];
}

function scopeFields({ type, equals, ancestor }: EntityScope, pool: Pool): Field[] {
  const kind = equals
    ? SCOPE.isEntity
    : type === undefined
      ? ancestor
        ? SCOPE.in
        : SCOPE.any
      : ancestor
        ? SCOPE.isIn
        : SCOPE.is;
  const entity = equals ?? ancestor;
  return [kind, type === undefined ? NONE : pool.intern(type), entity ? internEntity(entity as EntityUid, pool) : NONE];
}

function actionField({ action }: PolicyBody, pool: Pool, lists: Lists): Field {
  const { equals, ancestors } = action;
  const named = equals ? [equals] : ancestors;
  if (!named) return NONE;
  const entities = [...new Set(named.map((entity) => internEntity(entity, pool)))];
  const list = lists.intern(entities.toSorted((a, b) => compareBytes(a.bytes, b.bytes)));
  return { list, bits: equals ? ACTION_EXACT : 0 };
}

function internEntity(entity: EntityUid, pool: Pool): Constant {
  return pool.intern({ entity });
}

/** A list is named by the index of its count. */
function indexLists(lists: List[]): Map<List, number> {
  const indexes = new Map<List, number>();
  let next = 0;
  for (const list of lists) {
    indexes.set(list, next);
    next += 1 + list.length;
  }
  return indexes;
}

function word(opcode: Instruction['opcode'], operand: number): number {
  return (OPCODE[opcode] | (operand << 8)) >>> 0;
}

function assemble(flags: number, layer: LayerSubject | undefined, sections: Uint8Array[]): Uint8Array {
  const program = new Uint8Array(sections.reduce((total, { length }) => total + padded(length), HEADER_BYTES));
  program.set(new TextEncoder().encode(MAGIC));
  const header = new DataView(program.buffer);
  header.setUint16(4, FORMAT_VERSION, true);
  header.setUint16(6, flags, true);
  if (layer !== undefined) program.set(layer.subject, HEADER_SUBJECT);
  header.setUint32(HEADER_USES, layer?.uses ?? 0, true);
  let offset = HEADER_BYTES;
  for (const [i, section] of sections.entries()) {
    header.setUint32(8 + i * 4, section.length, true);
    program.set(section, offset);
    offset += padded(section.length);
  }
  return program;
}

/** The bytes of a program's schema section. Trusts that it is a program. */
export function schemaSectionOf(program: Uint8Array): Uint8Array {
  const { buffer, byteOffset, length } = program;
  const header = new DataView(buffer, byteOffset, length);
  const lengthOf = (section: number): number => header.getUint32(8 + section * 4, true);
  const start = HEADER_BYTES + padded(lengthOf(0)) + padded(lengthOf(1));
  return program.slice(start, start + lengthOf(2));
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
