// Writes layers of grants from SPEC §8 and §11.4 for vectors, proper ones and such as no writer makes. Shares nothing
// with bindings or the verifier.
import { encode, fields } from '../log/write.ts';
import type { Item } from '../log/write.ts';
import { digestOf } from './write.ts';
import type { Json } from './write.ts';

/** An operand that is no number: a constant, or the list of a pattern, with null for `*`. */
type Operand = number | { constant: Item } | { pattern: (string | null)[] };

/** A policy: §8.2 by names. */
export interface Policy {
  id: string;
  effect?: 0 | 1;
  verdict?: number;
  set?: number;
  /** Of a counted permit. */
  count?: number;
  /** Undefined: any. */
  actions?: string[];
  /** Kind, type, entity. */
  resource?: [number, string | null, Item | null];
  code?: [number, Operand][];
}

/** What of a layer is not as its grant has it. */
export interface WrongLayer {
  policies?: (proper: Policy[]) => Policy[];
  subject?: Uint8Array;
  uses?: number;
  labels?: string[];
  /** Constants that nothing names. */
  constants?: Item[];
}

/** A schema section of which nothing is read: no check of a layer's bytes looks into it. */
export const SECTION = Buffer.from('a schema section!');
export const entity = (type: string, id: string): Item => fields({ 0: type, 1: id });
export const action = (name: string) => entity('Action', name);
export const constant = (item: Item) => ({ constant: item });

const LISTS: Record<string, string[]> = {
  read: ['file.read'],
  write: ['file.write', 'file.create', 'file.delete', 'file.rename'],
  exec: ['process.exec'],
  connect: ['net.connect', 'http.request'],
  listen: ['net.listen'],
  tools: ['tool.call', 'mcp.call'],
  models: ['llm.invoke'],
};
const ALL = Object.values(LISTS).flat();

interface Scope {
  dynamic?: true;
  forbid?: string[];
  [list: string]: unknown;
}

interface Claims {
  exp: number;
  authorization_details: [{ level: string; scope: Scope; expect?: Scope; uses?: number }];
}

export const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Claims & Json;

/** The layer of a token's grant. `forbids`: what its texts of `forbid` compile to. */
export function layerOf(token: string, forbids: Policy[] = [], wrong: WrongLayer = {}, section = SECTION): Buffer {
  const {
    exp,
    authorization_details: [{ level, scope, expect = {}, uses = 0 }],
  } = claimsOf(token);
  const expected = permits(`${level}.expect`, expect).map((policy) => ({ ...policy, set: 2 }));
  const proper = [
    ...permits(level, scope),
    ...asks(level, scope),
    ...limits(level, scope, exp),
    ...forbids,
    ...expected,
  ];
  const policies = wrong.policies?.(proper) ?? proper;
  return program(policies, { uses, ...wrong, subject: wrong.subject ?? digestOf(token) }, section);
}

/** A program of no policies, whose schema section this is. */
export const programOf = (section: Buffer): Buffer => program([], { subject: Buffer.alloc(32) }, section);

function permits(level: string, scope: Scope): Policy[] {
  return Object.entries(LISTS).flatMap(([list, actions]) =>
    ((scope[list] ?? []) as (string | ToolObject)[]).flatMap((entry, i) =>
      entryOf(list, entry).map(({ suffix = '', ...rest }) => ({
        id: `${level}.${list}.${i}${suffix}`,
        actions,
        ...rest,
      })),
    ),
  );
}

interface ToolObject {
  tool: string;
  targets?: string[];
  amountMax?: number;
  count?: number;
  orAsk?: true;
}

type Resource = NonNullable<Policy['resource']>;
type Part = Pick<Policy, 'resource' | 'code' | 'count'> & { suffix?: string };
const ANY: Resource = [0, null, null];
const inside = (type: string, id: string): Resource => [2, null, entity(type, id)];
const exactly = (type: string, id: string): Resource => [1, null, entity(type, id)];

function conditions({ targets, amountMax }: ToolObject): Policy['code'][] {
  const target: [number, Operand] = [6, constant('target')];
  const amount: [number, Operand] = [6, constant('amount')];
  const parts: Policy['code'][] = [];
  if (targets) {
    const first = 2;
    const end = first + 3 * targets.length - 1;
    const any = targets.flatMap((text, i): [number, Operand][] => {
      const like: [number, Operand] = [27, { pattern: patternOf(text) }];
      return i === 0 ? [target, like] : [[11, end], target, like];
    });
    parts.push([[7, constant('target')]], any);
  }
  if (amountMax !== undefined) {
    parts.push([[7, constant('amount')]], [amount, [1, constant(0)], [19, 0], [16, 0]]);
    parts.push([amount, [1, constant(amountMax)], [20, 0]]);
  }
  return parts;
}

function patternOf(text: string): (string | null)[] {
  if (text === '*') return [null];
  if (text.startsWith('*')) return [null, text.slice(1)];
  return text.endsWith('*') ? [text.slice(0, -1), null] : [text];
}

function asks(level: string, { tools = [] }: Scope): Policy[] {
  return (tools as (string | ToolObject)[]).flatMap((entry, i): Policy[] => {
    if (typeof entry === 'string' || !entry.orAsk) return [];
    const code: Policy['code'] = [...and(conditions(entry)), [16, 0]];
    const resource = exactly('Tool', entry.tool);
    return [{ id: `${level}.tools.${i}.ask`, effect: 1, verdict: 4, actions: LISTS['tools']!, resource, code }];
  });
}

function entryOf(list: string, entry: string | ToolObject): Part[] {
  if (typeof entry !== 'string') {
    const { tool, count, orAsk } = entry;
    const counted = count === undefined ? {} : { count };
    return [{ resource: exactly('Tool', tool), code: orAsk ? [] : and(conditions(entry)), ...counted }];
  }
  if (list === 'connect' || list === 'listen') return [endpoint(entry)];
  if (list === 'read' || list === 'write') {
    return [{ resource: inside('Dir', entry) }, { resource: exactly('File', entry), suffix: '.itself' }];
  }
  if (list === 'exec') {
    if (entry === '/') return [{ resource: inside('Dir', '/') }];
    if (entry.endsWith('/')) return [{ resource: inside('Dir', entry.slice(0, -1)) }];
    return [{ resource: exactly(entry.includes('/') ? 'File' : 'Program', entry) }];
  }
  const [owner, one] = list === 'tools' ? ['Server', 'Tool'] : ['Provider', 'Model'];
  return [{ resource: entry.endsWith('/*') ? inside(owner!, entry.slice(0, -2)) : exactly(one!, entry) }];
}

function endpoint(entry: string): Part {
  const at = entry.lastIndexOf(':');
  const [host, port] = [entry.slice(0, at), entry.slice(at + 1)];
  const attribute: [number, Operand] = [6, constant('port')];
  const [first, last] = port.split('-').map(Number);
  const ports: Policy['code'][] =
    port === '*'
      ? []
      : last === undefined
        ? [[attribute, [1, constant(first!)], [18, 0]]]
        : [
            [attribute, [1, constant(first!)], [19, 0], [16, 0]],
            [attribute, [1, constant(last)], [20, 0]],
          ];
  const isEndpoint: Resource = [3, 'Endpoint', null];
  if (host === '*') return { resource: isEndpoint, code: and(ports) };
  if (host.startsWith('*.')) {
    const outside: Policy['code'] = [
      [4, 0],
      [25, constant(entity('Host', host.slice(2)))],
      [16, 0],
    ];
    return { resource: inside('Domain', host.slice(2)), code: and([outside, ...ports]) };
  }
  if (/[a-z_]/.test(host) && !host.startsWith('[')) return { resource: inside('Host', host), code: and(ports) };
  const range: Policy['code'] = [
    [6, constant('address')],
    [1, constant(fields({ 5: block(host) }))],
    [46, 0],
  ];
  if (ports.length === 0) range.push([12, 0]);
  return { resource: isEndpoint, code: and([[[7, constant('address')]], range, ...ports]) };
}

function and(operands: Policy['code'][]): NonNullable<Policy['code']> {
  const end = operands.flat().length + Math.max(0, operands.length - 1);
  return operands.flatMap((operand, i) => [...(i > 0 ? [[10, end] as [number, number]] : []), ...operand!]);
}

const groups = (part: string | undefined) => (part ? part.split(':').map((group) => Number.parseInt(group, 16)) : []);

/** The bytes of an address, and its prefix. */
function block(text: string): Buffer {
  const [address, prefix] = text.replace(/[[\]]/g, '').split('/') as [string, string?];
  if (!address.includes(':')) return Buffer.from([...address.split('.').map(Number), Number(prefix ?? 32)]);
  const [head = '', tail] = address.split('::');
  const [before, after] = [groups(head), groups(tail)];
  const bytes = Buffer.alloc(17);
  for (const [i, group] of before.entries()) bytes.writeUInt16BE(group, 2 * i);
  for (const [i, group] of after.entries()) bytes.writeUInt16BE(group, 16 - 2 * (after.length - i));
  bytes[16] = Number(prefix ?? 128);
  return bytes;
}

function limits(level: string, { dynamic }: Scope, exp: number): Policy[] {
  const time = constant(fields({ 3: exp * 1000 }));
  const expiry: Policy['code'] = [
    [6, constant('time')],
    [1, time],
    [19, 0],
    [16, 0],
  ];
  const waits = [...LISTS['exec']!, ...LISTS['tools']!, ...LISTS['models']!];
  const code: Policy['code'] = [[6, constant('dynamic')]];
  return [
    ...(dynamic ? [] : [{ id: `${level}.dynamic`, effect: 1 as const, verdict: 4, actions: waits, code }]),
    { id: `${level}.expiry`, effect: 1, verdict: 6, actions: ALL, code: expiry },
  ];
}

const NONE = 0xffffffff;

function program(policies: Policy[], wrong: WrongLayer & { subject: Uint8Array }, section: Buffer): Buffer {
  const known: Buffer[] = [];
  const name = (item: Item): number => {
    const bytes = encode(item);
    const at = known.findIndex((one) => one.equals(bytes));
    return at >= 0 ? at : known.push(bytes) - 1;
  };
  const lists: number[][] = [];
  const listAt = (list: number[]) => {
    const same = lists.findIndex((one) => one.join() === list.join());
    const index = same >= 0 ? same : lists.push(list) - 1;
    return lists.slice(0, index).reduce((sum, { length }) => sum + length + 1, 0);
  };
  const listOf = (actions: string[]) => {
    const items = actions.map((one) => encode(action(one))).toSorted(Buffer.compare);
    const at = listAt(items.map((bytes) => known.findIndex((one) => one.equals(bytes))));
    return actions.length === 1 ? at + 2 ** 31 : at;
  };
  const operandOf = (operand: Operand) => {
    if (typeof operand === 'number') return operand;
    if ('constant' in operand) return name(operand.constant);
    return listAt(operand.pattern.map((part) => (part === null ? NONE : name(part))));
  };
  const write = () => {
    lists.length = 0;
    const records: number[] = [];
    const code: number[] = [];
    for (const { id, set = 0, effect = 0, verdict = 0, count, actions, resource = ANY, code: own = [] } of policies) {
      const [kind, type, one] = resource;
      for (const each of actions ?? []) name(action(each));
      const list = actions ? listOf(actions) : NONE;
      const of = [kind, type === null ? NONE : name(type), one === null ? NONE : name(one)];
      const attached = count === undefined ? [0, NONE] : [4, count];
      records.push(
        name(id),
        set,
        effect,
        verdict,
        NONE,
        ...attached,
        0,
        NONE,
        NONE,
        ...of,
        list,
        code.length,
        own.length,
      );
      code.push(...own.map(([op, operand]) => op + 256 * operandOf(operand)));
    }
    const labels = [wrong.labels?.length ?? 0, 0, ...(wrong.labels ?? []).map(name)];
    return [lists.flatMap((list) => [list.length, ...list]), labels, records, code] as const;
  };
  // Once to know the constants, and once more with their indexes.
  write();
  for (const item of wrong.constants ?? []) name(item);
  known.sort(Buffer.compare);
  const [listWords, labels, records, code] = write();
  const ends = known.map((_, i) => known.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0));
  const pool = Buffer.concat([words([known.length, 0, ...ends]), ...known]);
  const sections = [pool, words(listWords), section, words(labels), words(records), words(code)];
  const header = [words(sections.map(({ length }) => length)), wrong.subject, words([wrong.uses ?? 0])];
  const filled = sections.map((bytes) => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]));
  return Buffer.concat([Buffer.from('PLMB\u0002\0\0\0'), ...header, ...filled]);
}

function words(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [i, number] of numbers.entries()) bytes.writeUInt32LE(number, i * 4);
  return bytes;
}
