// Owns: a grant's scope, and whether it is within another's. SPEC §11.2, §11.3.
// Excludes: whether a text of `forbid` is Cedar, which needs Cedar's parser. Such a text can only take away.
import { isPlaceWithin, parseEndpoints } from './endpoint.ts';
import type { Endpoints } from './endpoint.ts';
import { isObject } from './issuers.ts';

const PATH_BYTES_MAX = 4_096;

export const LISTS = ['read', 'write', 'exec', 'connect', 'listen', 'tools', 'models'] as const;
export type ListName = (typeof LISTS)[number];
const NETWORK = ['connect', 'listen'] as const;
const NAMED = ['read', 'write', 'exec', 'tools', 'models'] as const;

export interface Scope {
  names: Record<(typeof NAMED)[number], string[]>;
  endpoints: Record<(typeof NETWORK)[number], Endpoints[]>;
  dynamic: boolean;
  /** How many texts `forbid` lists. */
  forbids: number;
}

/** The scope that a JSON value stands for, or its fault. */
export function parseScope(json: unknown): Scope | string {
  if (!isObject(json)) return 'the scope is no object';
  const scope: Scope = {
    names: { read: [], write: [], exec: [], tools: [], models: [] },
    endpoints: { connect: [], listen: [] },
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
    if (name === 'connect' || name === 'listen') scope.endpoints[name] = entries.map((entry) => parseEndpoints(entry)!);
    else if (name === 'forbid') scope.forbids = entries.length;
    else scope.names[name] = entries;
  }
  return scope;
}

/** The first entry of `inner`, as `list: entry`, that is not within `outer`; undefined if all are. */
export function beyond(inner: Scope, outer: Scope): string | undefined {
  if (inner.dynamic && !outer.dynamic) return 'dynamic';
  for (const list of NAMED) {
    const entry = inner.names[list].find((one) => !outer.names[list].some((other) => isWithin(list, one, other)));
    if (entry !== undefined) return `${list}: ${entry}`;
  }
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
    if (typeof entry !== 'string' || !FORMS[name](entry)) return `${name} has no ${JSON.stringify(entry)}`;
  }
  return new Set(value).size === value.length ? undefined : `${name} holds an entry twice`;
}

const isPlain = (entry: string) => !/[*\p{C}]/u.test(entry);

const FORMS: Record<ListName | 'forbid', (entry: string) => boolean> = {
  read: isPath,
  write: isPath,
  exec: (entry) => (entry.includes('/') ? isPath(entry) || isDirectory(entry) : entry !== '' && isPlain(entry)),
  connect: (entry) => parseEndpoints(entry) !== undefined,
  listen: (entry) => parseEndpoints(entry) !== undefined,
  tools: isNameOrAll,
  models: isNameOrAll,
  // No control characters but line feeds.
  forbid: (text) => text !== '' && !/[^\P{C}\n]/u.test(text),
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

function isNameOrAll(entry: string): boolean {
  return /^[^/*]+\/(\*|[^*]+)$/.test(entry) && !/\p{C}/u.test(entry);
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
