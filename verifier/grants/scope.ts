// Owns: a grant's scope, and whether it is within another's. SPEC §11.2, §11.3.
// Excludes: whether a text of `forbid` is Cedar, which needs Cedar's parser. Such a text can only take away.
import { isPlaceWithin, parseEndpoints } from './endpoint.ts';
import type { Endpoints } from './endpoint.ts';
import { isObject } from './issuers.ts';
import { hasControl } from '../record/controls.ts';
import { isNameOrAll, parseTool, toolBeyond, toolsFault } from './tool.ts';
import type { ToolEntry } from './tool.ts';

const PATH_BYTES_MAX = 4_096;

export const LISTS = ['read', 'write', 'exec', 'connect', 'listen', 'tools', 'models'] as const;
export type ListName = (typeof LISTS)[number];
const NETWORK = ['connect', 'listen'] as const;
const NAMED = ['read', 'write', 'exec', 'models'] as const;

export interface Scope {
  names: Record<(typeof NAMED)[number], string[]>;
  endpoints: Record<(typeof NETWORK)[number], Endpoints[]>;
  tools: ToolEntry[];
  dynamic: boolean;
  /** How many texts `forbid` lists. */
  forbids: number;
}

/** The scope that a JSON value stands for, or its fault. */
export function parseScope(json: unknown): Scope | string {
  if (!isObject(json)) return 'the scope is no object';
  const scope: Scope = {
    names: { read: [], write: [], exec: [], models: [] },
    endpoints: { connect: [], listen: [] },
    tools: [],
    dynamic: json['dynamic'] === true,
    forbids: 0,
  };
  for (const [name, value] of Object.entries(json)) {
    if (name === 'dynamic') {
      if (value !== true) return 'dynamic is true or absent';
      continue;
    }
    if (name !== 'forbid' && !isListName(name)) return `a scope has no ${JSON.stringify(name)}`;
    const fault = listFault(name, value);
    if (fault !== undefined) return fault;
    const entries = value as string[];
    if (name === 'tools') {
      scope.tools = (value as unknown[]).map((entry) => parseTool(entry)!);
      const twice = toolsFault(scope.tools);
      if (twice !== undefined) return twice;
    } else if (name === 'connect' || name === 'listen')
      scope.endpoints[name] = entries.map((entry) => parseEndpoints(entry)!);
    else if (name === 'forbid') scope.forbids = entries.length;
    else scope.names[name] = entries;
  }
  return scope;
}

/** The scope that `expect` of a grant of the scope `own` stands for, or its fault. */
export function parseExpect(json: unknown, own: Scope): Scope | string {
  const expect = parseScope(json);
  if (typeof expect === 'string') return expect;
  if (Object.keys(json as object).length === 0) return 'expect lists something';
  if (expect.dynamic || expect.forbids > 0) return 'expect has neither dynamic nor forbid';
  if (expect.tools.some(({ count, orAsk }) => orAsk || count !== undefined))
    return 'expect has neither count nor orAsk';
  const wide = beyond(expect, own);
  return wide === undefined ? expect : `the grant itself does not grant ${wide}, which it expects`;
}

/** The first entry of `inner`, as `list: entry`, that is not within `outer`; undefined if all are. */
export function beyond(inner: Scope, outer: Scope): string | undefined {
  if (inner.dynamic && !outer.dynamic) return 'dynamic';
  for (const list of NAMED) {
    const entry = inner.names[list].find((one) => !outer.names[list].some((other) => isWithin(list, one, other)));
    if (entry !== undefined) return `${list}: ${entry}`;
  }
  const tool = toolBeyond(inner.tools, outer.tools);
  if (tool !== undefined) return `tools: ${tool}`;
  for (const list of NETWORK) {
    const at = inner.endpoints[list].findIndex((one) => !areWithin(one, outer.endpoints[list]));
    if (at >= 0) return `${list}[${at}]`;
  }
  return undefined;
}

function isListName(name: string): name is ListName {
  return (LISTS as readonly string[]).includes(name);
}

function listFault(name: ListName | 'forbid', value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length === 0) return `${name} is a list that is not empty`;
  for (const entry of value as unknown[]) {
    const fits = name === 'tools' ? parseTool(entry) : typeof entry === 'string' && FORMS[name](entry);
    if (!fits) return `${name} has no ${JSON.stringify(entry)}`;
  }
  if (name === 'tools') return undefined;
  return new Set(value).size === value.length ? undefined : `${name} holds an entry twice`;
}

const isPlain = (entry: string) => !entry.includes('*') && !hasControl(entry);

const FORMS: Record<Exclude<ListName, 'tools'> | 'forbid', (entry: string) => boolean> = {
  read: isPath,
  write: isPath,
  exec: (entry) => (entry.includes('/') ? isPath(entry) || isDirectory(entry) : entry !== '' && isPlain(entry)),
  connect: (entry) => parseEndpoints(entry) !== undefined,
  listen: (entry) => parseEndpoints(entry) !== undefined,
  models: isNameOrAll,
  forbid: (text) => text !== '' && !hasControl(text.replaceAll('\n', '')),
};

function isPath(entry: string): boolean {
  if (entry === '/') return true;
  if (!isPlain(entry) || new TextEncoder().encode(entry).length > PATH_BYTES_MAX) return false;
  const [before, ...segments] = entry.split('/');
  return before === '' && segments.length > 0 && segments.every((segment) => !['', '.', '..'].includes(segment));
}

function isDirectory(entry: string): boolean {
  return entry !== '//' && entry.endsWith('/') && isPath(entry.slice(0, -1));
}

function isWithin(list: (typeof NAMED)[number], inner: string, outer: string): boolean {
  if (inner === outer) return true;
  if (list === 'read' || list === 'write') return outer === '/' || inner.startsWith(`${outer}/`);
  if (list === 'exec') return outer.endsWith('/') && inner.startsWith(outer);
  return outer.endsWith('/*') && inner.startsWith(outer.slice(0, -1));
}

function areWithin(inner: Endpoints, outer: Endpoints[]): boolean {
  const around = outer.filter(({ place }) => isPlaceWithin(inner.place, place)).toSorted((a, b) => a.first - b.first);
  let next = inner.first;
  for (const { first, last } of around) if (first <= next) next = Math.max(next, last + 1);
  return next > inner.last;
}
