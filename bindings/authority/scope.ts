// Owns: a grant's scope (SPEC §11.2): its form, and the entries under each of its names.
// Excludes: whether what it forbids fits a schema (layer.ts), and whether it fits its parent (containment.ts).

import { isObject } from '../is-object.ts';
import { parsePolicies } from '../../engine/compiler/parse.ts';
import { isShown } from '../shown-text.ts';
import * as entry from './entry.ts';
import type { Entry, Parsed, ToolJson } from './entry.ts';

/** A scope as JSON. What is absent is not granted. */
export interface ScopeJson {
  read?: string[];
  write?: string[];
  exec?: string[];
  connect?: string[];
  listen?: string[];
  tools?: (string | ToolJson)[];
  models?: string[];
  /** Lets run what cannot be told from its text. */
  dynamic?: true;
  /** Cedar, one `forbid` each, without an `@id`. */
  forbid?: string[];
}

/** What is meant to happen of what a scope allows. */
export type ExpectJson = Omit<ScopeJson, 'dynamic' | 'forbid'>;

/** The names of resources are entries too, of one resource each. */
export const PARSERS: Record<ScopeKey, (text: string) => Parsed> = {
  read: entry.parsePath,
  write: entry.parsePath,
  exec: entry.parseExecutable,
  connect: entry.parseEndpoint,
  listen: entry.parseEndpoint,
  tools: entry.parseMember,
  models: entry.parseMember,
};

/** The names under which a scope lists entries. */
export const SCOPE_KEYS = ['read', 'write', 'exec', 'connect', 'listen', 'tools', 'models'] as const;
export type ScopeKey = (typeof SCOPE_KEYS)[number];

export interface Scope {
  entries: Readonly<Record<ScopeKey, readonly Entry[]>>;
  dynamic: boolean;
  forbid: readonly string[];
}

const KNOWN: readonly string[] = [...SCOPE_KEYS, 'dynamic', 'forbid'];

/** The scope that JSON states, or what is wrong with it, with its place: `scope.write[0]: …`. */
export function parseScope(json: unknown): { scope: Scope } | { fault: string } {
  const read = readEntries(json, 'scope', KNOWN);
  if ('fault' in read) return read;
  const { json: object, entries } = read;
  const forbid = readList(object, 'scope', 'forbid', (text) => {
    if (typeof text !== 'string') return { fault: 'must be text' };
    const fault = forbidFault(text);
    return fault === undefined ? { text } : { fault };
  });
  if ('fault' in forbid) return forbid;
  const { dynamic } = object;
  if (dynamic !== undefined && dynamic !== true) return { fault: 'scope.dynamic: must be true, or absent' };
  return { scope: { entries, dynamic: dynamic === true, forbid: forbid.list.map(({ text }) => text) } };
}

/** What a grant's `expect` lists, or what is wrong with it. Whether it lies within the grant's scope is not asked. */
export function parseExpect(json: unknown): { expect: Scope } | { fault: string } {
  const read = readEntries(json, 'expect', SCOPE_KEYS);
  if ('fault' in read) return read;
  const { entries } = read;
  if (SCOPE_KEYS.every((key) => entries[key].length === 0)) return { fault: 'expect: must list something' };
  const counted = entries.tools.findIndex(({ limits }) => limits?.count !== undefined || limits?.orAsk === true);
  if (counted >= 0) return { fault: `expect.tools[${counted}]: has no count and no orAsk` };
  return { expect: { entries, dynamic: false, forbid: [] } };
}

function readEntries(
  json: unknown,
  place: string,
  known: readonly string[],
): { json: { readonly [name: string]: unknown }; entries: Scope['entries'] } | { fault: string } {
  if (!isObject(json)) return { fault: `${place}: must be an object` };
  const unknown = Object.keys(json).find((name) => !known.includes(name));
  if (unknown !== undefined) return { fault: `${place}.${unknown}: unknown; it has ${known.join(', ')}` };
  const entries = {} as Record<ScopeKey, readonly Entry[]>;
  for (const key of SCOPE_KEYS) {
    const read = readList(json, place, key, (item): Parsed => {
      if (typeof item === 'string') return PARSERS[key](item);
      return key === 'tools' ? entry.parseTool(item) : { fault: 'must be text' };
    });
    if ('fault' in read) return read;
    entries[key] = read.list;
  }
  const objects = entries.tools.filter(({ limits }) => limits !== undefined);
  const twice = objects.find(
    (one) => one.limits!.orAsk && objects.some((other) => other !== one && other.name === one.name),
  );
  if (twice !== undefined) {
    return { fault: `${place}.tools ${JSON.stringify(twice.name)}: with orAsk, no other object is for this tool` };
  }
  return { json, entries };
}

function readList<T extends { text: string }>(
  json: { readonly [name: string]: unknown },
  within: string,
  key: string,
  parse: (item: unknown) => T | { fault: string },
): { list: T[] } | { fault: string } {
  const items = json[key] ?? [];
  if (!Array.isArray(items) || (Object.hasOwn(json, key) && items.length === 0)) {
    return { fault: `${within}.${key}: must be a list with something in it, or absent` };
  }
  const list: T[] = [];
  for (const [index, item] of items.entries()) {
    const place = `${within}.${key}[${index}] ${JSON.stringify(item)}`;
    const parsed = parse(item);
    if (isFault(parsed)) return { fault: `${place}: ${parsed.fault}` };
    if (list.some(({ text }) => text === parsed.text)) return { fault: `${place}: given twice` };
    list.push(parsed);
  }
  return { list };
}

const isFault = (parsed: object): parsed is { fault: string } => 'fault' in parsed;

function forbidFault(text: string): string | undefined {
  // As in names: who approves a scope has to see all of it.
  if (!isShown(text.replaceAll('\n', ''))) return 'must have characters that show only';
  const parsed = parsePolicies({ name: 'forbid', text });
  if ('diagnostics' in parsed) return parsed.diagnostics[0]!.message;
  const [policy, another] = parsed.policies;
  if (policy === undefined || another !== undefined) return 'must be one policy';
  if (policy.effect !== 'forbid') return 'must be a forbid: a grant permits by its lists only';
  if (policy.template) return 'must not be a template';
  return policy.annotations.has('id') ? 'must not have an @id: its place names it' : undefined;
}
