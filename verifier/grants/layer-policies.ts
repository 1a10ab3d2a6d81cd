// Owns: the policies of a grant's layer, in their order: SPEC §11.4. Written from SPEC alone.
// Excludes: what `forbid` lists, which takes Cedar's parser, and the bytes of a layer (layer-bytes.ts).
import { utf8 } from '../record/bytes.ts';
import type { Endpoints, Place } from './endpoint.ts';
import type { Grant } from './grant.ts';
import { LISTS } from './scope.ts';
import type { ListName } from './scope.ts';

/** Canonical CBOR of a constant, each byte as one character: such texts are ordered as their bytes are. */
export type Constant = string;

/** An instruction of SPEC §8.3. A number is the operand itself, a constant stands for its index. */
export type Instruction = readonly [opcode: number, operand: number | Constant];

export interface Policy {
  id: Constant;
  effect: 'permit' | 'approve' | 'forbid';
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
const BOOL = 12;
const NOT = 16;
const EQ = 18;
const LT = 19;
const LE = 20;
const IN_ENTITY = 25;
const IS_IN_RANGE = 46;

const PORT_MAX = 65_535;

/** The grant's policies but those of `forbid`. */
export function policiesOf({ level, scope, expiresS }: Grant): Policy[] {
  const policies = LISTS.flatMap((list) => permitsOf(level, list, scope));
  const any = { kind: 0 };
  if (!scope.dynamic) {
    const code: Instruction[] = [[CONTEXT_ATTR, text('dynamic')]];
    policies.push({ id: text(`${level}.dynamic`), effect: 'approve', actions: DYNAMIC_ACTIONS, resource: any, code });
  }
  const code: Instruction[] = [
    [CONTEXT_ATTR, text('time')],
    [CONSTANT, `\xa1\x03${integer(expiresS * 1000)}`],
    [LT, 0],
    [NOT, 0],
  ];
  policies.push({ id: text(`${level}.expiry`), effect: 'forbid', actions: ALL_ACTIONS, resource: any, code });
  return policies;
}

/** The name of the policy that the grant's `forbid` has at `place`. */
export function forbidId({ level }: Grant, place: number): Constant {
  return text(`${level}.forbid.${place}`);
}

function permitsOf(level: string, list: ListName, { names, endpoints }: Grant['scope']): Policy[] {
  const permit = (id: string, resource: Resource, code: readonly Instruction[] = []): Policy => {
    return { id: text(`${level}.${list}.${id}`), effect: 'permit', actions: ACTION_ENTITIES[list], resource, code };
  };
  switch (list) {
    case 'connect':
    case 'listen':
      return endpoints[list].map((entry, i) => permit(String(i), placeOf(entry.place), codeOf(entry)));
    case 'read':
    case 'write':
      return names[list].flatMap((path, i) => [
        permit(String(i), inside('Dir', path)),
        permit(`${i}.itself`, exactly('File', path)),
      ]);
    case 'exec':
      return names.exec.map((name, i) => permit(String(i), executable(name)));
    default:
      return names[list].map((name, i) => permit(String(i), member(list, name)));
  }
}

function executable(name: string): Resource {
  if (!name.includes('/')) return exactly('Program', name);
  if (!name.endsWith('/')) return exactly('File', name);
  return inside('Dir', name === '/' ? name : name.slice(0, -1));
}

function member(list: 'tools' | 'models', name: string): Resource {
  const [one, all] = list === 'tools' ? ['Tool', 'Server'] : ['Model', 'Provider'];
  return name.endsWith('/*') ? inside(all!, name.slice(0, -2)) : exactly(one!, name);
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

/** All of them: behind each but the last an AND, which jumps to the end. */
function joined(operands: Instruction[][]): Instruction[] {
  const end = operands.reduce((length, operand) => length + operand.length, operands.length - 1);
  return operands.flatMap((operand, i): Instruction[] => (i > 0 ? [[AND, end], ...operand] : operand));
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
