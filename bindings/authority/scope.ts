// Owns: a grant's scope (SPEC §11.2): its form, and the entries under each of its names.
// Excludes: whether what it forbids fits a schema (layer.ts), and whether it fits its parent (containment.ts).

import { isObject } from '../is-object.ts';
import { parsePolicies } from '../../engine/compiler/parse.ts';
import { parseEndpoint, parseExecutable, parseMember, parsePath, type Entry, type Parsed } from './entry.ts';

/** A scope as JSON. What is absent is not granted. */
export interface ScopeJson {
  read?: string[];
  write?: string[];
  exec?: string[];
  connect?: string[];
  listen?: string[];
  tools?: string[];
  models?: string[];
  /** Lets run what cannot be told from its text. */
  dynamic?: true;
  /** Cedar, one `forbid` each, without an `@id`. */
  forbid?: string[];
}

/** The names of resources are entries too, of one resource each. */
export const PARSERS: Record<ScopeKey, (text: string) => Parsed> = {
  read: parsePath,
  write: parsePath,
  exec: parseExecutable,
  connect: parseEndpoint,
  listen: parseEndpoint,
  tools: parseMember,
  models: parseMember,
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
  if (!isObject(json)) return { fault: 'scope: must be an object' };
  const unknown = Object.keys(json).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) return { fault: `scope.${unknown}: unknown; a scope has ${KNOWN.join(', ')}` };
  const entries = {} as Record<ScopeKey, readonly Entry[]>;
  for (const key of SCOPE_KEYS) {
    const read = readList(json, key, (text) => PARSERS[key](text));
    if ('fault' in read) return read;
    entries[key] = read.list;
  }
  const forbid = readList(json, 'forbid', (text) => {
    const fault = forbidFault(text);
    return fault === undefined ? { text } : { fault };
  });
  if ('fault' in forbid) return forbid;
  const { dynamic } = json;
  if (dynamic !== undefined && dynamic !== true) return { fault: 'scope.dynamic: must be true, or absent' };
  return { scope: { entries, dynamic: dynamic === true, forbid: forbid.list.map(({ text }) => text) } };
}

function readList<T extends { text: string }>(
  json: { readonly [name: string]: unknown },
  key: string,
  parse: (text: string) => T | { fault: string },
): { list: T[] } | { fault: string } {
  const texts = json[key] ?? [];
  if (!Array.isArray(texts) || (Object.hasOwn(json, key) && texts.length === 0)) {
    return { fault: `scope.${key}: must be a list with something in it, or absent` };
  }
  const list: T[] = [];
  for (const [index, text] of texts.entries()) {
    const place = `scope.${key}[${index}]`;
    if (typeof text !== 'string') return { fault: `${place}: must be text` };
    const parsed = parse(text);
    if (isFault(parsed)) return { fault: `${place} ${JSON.stringify(text)}: ${parsed.fault}` };
    if (list.some((entry) => entry.text === text)) return { fault: `${place} ${JSON.stringify(text)}: given twice` };
    list.push(parsed);
  }
  return { list };
}

const isFault = (parsed: object): parsed is { fault: string } => 'fault' in parsed;

function forbidFault(text: string): string | undefined {
  // As in names: who approves a scope has to see all of it.
  if (/[^\P{C}\n]/u.test(text)) return 'must have characters that show only';
  const parsed = parsePolicies({ name: 'forbid', text });
  if ('diagnostics' in parsed) return parsed.diagnostics[0]!.message;
  const [policy, another] = parsed.policies;
  if (policy === undefined || another !== undefined) return 'must be one policy';
  if (policy.effect !== 'forbid') return 'must be a forbid: a grant permits by its lists only';
  if (policy.template) return 'must not be a template';
  return policy.annotations.has('id') ? 'must not have an @id: its place names it' : undefined;
}
