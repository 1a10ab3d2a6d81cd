// Owns: the policies of a grant's layer, in their order: SPEC §11.4. Written from SPEC alone.
// Excludes: what `forbid` lists, which takes Cedar's parser, and the bytes of a layer (layer-bytes.ts).
import { utf8 } from '../record/bytes.ts';
import type { Endpoints, Place } from './endpoint.ts';
import type { Grant } from './grant.ts';
import { LISTS } from './scope.ts';
import type { ListName, Scope } from './scope.ts';
import type { ToolEntry } from './tool.ts';

/** Canonical CBOR of a constant, each byte as one character: such texts are ordered as their bytes are. */
export type Constant = string;

/** Texts, or null for `*`. */
type Pattern = readonly (Constant | null)[];

/**
 * An instruction of SPEC §8.3. A number is the operand itself; a constant, or a pattern's list, stands for its index.
 */
export type Instruction = readonly [opcode: number, operand: number | Constant | Pattern];

export interface Policy {
  id: Constant;
  set: 'decision' | 'expect';
  effect: 'permit' | 'approve' | 'forbid';
  /** Of a counted permit. */
  count?: number;
  /** Entities, ascending. One is to be that action exactly. */
  actions: readonly Constant[];
  resource: Resource;
  code: readonly Instruction[];
}

/** Fields 10–12 of a policy record. */
export interface Resource {
  kind: number;
  type?: Constant;
  entity?: Constant;
}

const ACTIONS: Record<ListName, readonly string[]> = {
  read: ['file.read'],
  write: ['file.write', 'file.create', 'file.delete', 'file.rename'],
  exec: ['process.exec'],
  connect: ['net.connect', 'http.request'],
  listen: ['net.listen'],
  tools: ['tool.call', 'mcp.call'],
  models: ['llm.invoke'],
};
const ACTION_ENTITIES = Object.fromEntries(LISTS.map((list) => [list, entitiesOf(ACTIONS[list])])) as Record<
  ListName,
  Constant[]
>;
const DYNAMIC_ACTIONS = entitiesOf([...ACTIONS.exec, ...ACTIONS.tools, ...ACTIONS.models]);
const ALL_ACTIONS = entitiesOf(LISTS.flatMap((list) => ACTIONS[list]));

const CONSTANT = 1;
const RESOURCE = 4;
const CONTEXT_ATTR = 6;
const CONTEXT_HAS = 7;
const AND = 10;
const OR = 11;
const BOOL = 12;
const NOT = 16;
const EQ = 18;
const LT = 19;
const LE = 20;
const IN_ENTITY = 25;
const LIKE = 27;
const IS_IN_RANGE = 46;

const PORT_MAX = 65_535;

/** The grant's policies of the decision set, but those of `forbid`. */
export function decisionsOf({ level, scope, expiresS }: Grant): Policy[] {
  const permits = permitsOf(level, 'decision', scope);
  const forbid = (name: string, rest: Pick<Policy, 'effect' | 'actions' | 'resource' | 'code'>): Policy => {
    return { id: text(`${level}.${name}`), set: 'decision', ...rest };
  };
  const asks = scope.tools.flatMap((entry, i): Policy[] => {
    if (!entry.orAsk) return [];
    const code = [...joined(conditionsOf(entry)), [NOT, 0] as const];
    const actions = ACTION_ENTITIES.tools;
    return [forbid(`tools.${i}.ask`, { effect: 'approve', actions, resource: exactly('Tool', entry.name), code })];
  });
  const any = { kind: 0 };
  const dynamic: Instruction[] = [[CONTEXT_ATTR, text('dynamic')]];
  const waits = forbid('dynamic', { effect: 'approve', actions: DYNAMIC_ACTIONS, resource: any, code: dynamic });
  const code: Instruction[] = [
    [CONTEXT_ATTR, text('time')],
    [CONSTANT, `\xa1\x03${integer(expiresS * 1000)}`],
    [LT, 0],
    [NOT, 0],
  ];
  const ends = forbid('expiry', { effect: 'forbid', actions: ALL_ACTIONS, resource: any, code });
  return [...permits, ...asks, ...(scope.dynamic ? [] : [waits]), ends];
}

/** The grant's policies of the set `expect`. */
export function expectationsOf({ level, expect }: Grant): Policy[] {
  return expect ? permitsOf(`${level}.expect`, 'expect', expect) : [];
}

/** The name of the policy that the grant's `forbid` has at `place`. */
export function forbidId({ level }: Grant, place: number): Constant {
  return text(`${level}.forbid.${place}`);
}

function permitsOf(prefix: string, set: Policy['set'], scope: Scope): Policy[] {
  return LISTS.flatMap((list) =>
    entriesOf(list, scope).map(({ name, ...rest }) => {
      const id = text(`${prefix}.${list}.${name}`);
      return { id, set, effect: 'permit', actions: ACTION_ENTITIES[list], ...rest };
    }),
  );
}

type Entry = { name: string } & Pick<Policy, 'resource' | 'code' | 'count'>;
const named = (resource: Resource, i: number): Entry => ({ name: String(i), resource, code: [] });

function entriesOf(list: ListName, { names, endpoints, tools }: Scope): Entry[] {
  switch (list) {
    case 'connect':
    case 'listen':
      return endpoints[list].map((entry, i) => ({ ...named(placeOf(entry.place), i), code: codeOf(entry) }));
    case 'read':
    case 'write':
      return names[list].flatMap((path, i) => [
        named(inside('Dir', path), i),
        { ...named(exactly('File', path), i), name: `${i}.itself` },
      ]);
    case 'exec':
      return names.exec.map((name, i) => named(executable(name), i));
    case 'tools':
      return tools.map((entry, i) => ({
        ...named(member('Tool', 'Server', entry.name), i),
        code: entry.orAsk ? [] : joined(conditionsOf(entry)),
        ...(entry.count !== undefined && { count: entry.count }),
      }));
    case 'models':
      return names.models.map((name, i) => named(member('Model', 'Provider', name), i));
  }
}

function conditionsOf({ targets, amountMax }: ToolEntry): Instruction[][] {
  const conditions: Instruction[][] = [];
  if (targets) {
    const alternatives = targets.map((pattern): Instruction[] => [
      [CONTEXT_ATTR, text('target')],
      [LIKE, patternOf(pattern)],
    ]);
    conditions.push([[CONTEXT_HAS, text('target')]], joined(alternatives, OR));
  }
  if (amountMax !== undefined) {
    const amount: Instruction = [CONTEXT_ATTR, text('amount')];
    const least: Instruction[] = [amount, [CONSTANT, integer(0)], [LT, 0], [NOT, 0]];
    conditions.push([[CONTEXT_HAS, text('amount')]], least, [amount, [CONSTANT, integer(amountMax)], [LE, 0]]);
  }
  return conditions;
}

function patternOf(pattern: string): Pattern {
  const parts = pattern.split('*').flatMap((part) => [null, ...(part === '' ? [] : [text(part)])]);
  return parts.slice(1);
}

function executable(name: string): Resource {
  if (!name.includes('/')) return exactly('Program', name);
  if (!name.endsWith('/')) return exactly('File', name);
  return inside('Dir', name === '/' ? name : name.slice(0, -1));
}

function member(one: string, all: string, name: string): Resource {
  return name.endsWith('/*') ? inside(all, name.slice(0, -2)) : exactly(one, name);
}

function placeOf(place: Place): Resource {
  if (place.kind === 'name') return inside('Host', place.name);
  if (place.kind === 'below') return inside('Domain', place.name);
  return { kind: 3, type: text('Endpoint') };
}

function codeOf({ place, first, last }: Endpoints): Instruction[] {
  const ports: Instruction[][] = [];
  const port: Instruction = [CONTEXT_ATTR, text('port')];
  if (first === last) ports.push([port, [CONSTANT, integer(first)], [EQ, 0]]);
  else if (first !== 0 || last !== PORT_MAX) {
    ports.push([port, [CONSTANT, integer(first)], [LT, 0], [NOT, 0]], [port, [CONSTANT, integer(last)], [LE, 0]]);
  }
  if (place.kind === 'below') {
    const outside: Instruction[] = [
      [RESOURCE, 0],
      [IN_ENTITY, entity('Host', place.name)],
      [NOT, 0],
    ];
    return joined([outside, ...ports]);
  }
  if (place.kind !== 'block') return joined(ports);
  const within: Instruction[] = [
    [CONTEXT_ATTR, text('address')],
    [CONSTANT, block(place)],
    [IS_IN_RANGE, 0],
  ];
  if (ports.length === 0) within.push([BOOL, 0]);
  return joined([[[CONTEXT_HAS, text('address')]], within, ...ports]);
}

/**
 * The operands, and between each and the next a jump to the end of the last. Jumps within an operand go on to where
 * they went.
 */
function joined(operands: Instruction[][], by = AND): Instruction[] {
  const end = operands.reduce((length, operand) => length + operand.length, operands.length - 1);
  const code: Instruction[] = [];
  for (const operand of operands) {
    if (code.length > 0) code.push([by, end]);
    const start = code.length;
    code.push(...operand.map(([opcode, to]): Instruction => [opcode, opcode === OR ? Number(to) + start : to]));
  }
  return code;
}

function exactly(type: string, id: string): Resource {
  return { kind: 1, entity: entity(type, id) };
}

function inside(type: string, id: string): Resource {
  return { kind: 2, entity: entity(type, id) };
}

function entitiesOf(actions: readonly string[]): Constant[] {
  return actions.map((action) => entity('Action', action)).toSorted(ascending);
}

export function ascending(a: Constant, b: Constant): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function entity(type: string, id: string): Constant {
  return `\xa2\x00${text(type)}\x01${text(id)}`;
}

function text(value: string): Constant {
  const bytes = /^[\0-\x7f]*$/.test(value) ? value : characters(utf8(value));
  return head(3, bytes.length) + bytes;
}

function integer(value: number): Constant {
  return head(0, value);
}

/** An address's bytes, and the length of its prefix. */
function block({ bits, length, longest }: Place & { kind: 'block' }): Constant {
  const address = bits.toString(16).padStart(longest / 4, '0');
  const bytes = Uint8Array.from([...(address.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)), length]);
  return `\xa1\x05${head(2, bytes.length)}${characters(bytes)}`;
}

function head(major: number, argument: number): Constant {
  const type = major << 5;
  if (argument < 24) return String.fromCharCode(type | argument);
  const size = argument < 0x100 ? 1 : argument < 0x1_0000 ? 2 : argument < 0x1_0000_0000 ? 4 : 8;
  const digits = argument.toString(16).padStart(size * 2, '0');
  const bytes = (digits.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  return String.fromCharCode(type | (24 + Math.log2(size)), ...bytes);
}

function characters(bytes: Uint8Array): string {
  let all = '';
  for (const byte of bytes) all += String.fromCharCode(byte);
  return all;
}
