// Owns: the scope of an action grant (SPEC §11.6): what a call needs, as far as can be told before it runs, within the
// step it belongs to.
// Trusts: the adapter for what a call needs. What it leaves out is not granted; what it adds beyond the step is left
// out here.

import type { EntityUid, Request } from '../request.ts';
import { isWithin } from './containment.ts';
import { entryJson, type Entry, type ToolJson } from './entry.ts';
import { ACTIONS } from './layer.ts';
import { PARSERS, SCOPE_KEYS, type Scope, type ScopeJson, type ScopeKey } from './scope.ts';

// What a program reads and which programs it runs in turn shows in no command's text; what it changes and reaches has
// to.
const KEPT_BY_PROGRAMS: readonly ScopeKey[] = ['read', 'exec'];

/** The lists of a scope that a call's requests ask for, within the step's. */
export function actionScope(requests: readonly Request[], step: Scope): ScopeJson {
  if (requests.some(isDynamic)) {
    return { ...(wholeLists(step, SCOPE_KEYS) as ScopeJson), ...(step.dynamic ? { dynamic: true } : {}) };
  }
  const runs = requests.some((request) => keyOf(request) === 'exec');
  const scope = wholeLists(step, runs ? KEPT_BY_PROGRAMS : []);
  for (const request of requests) {
    const key = keyOf(request);
    if (key === undefined || (runs && KEPT_BY_PROGRAMS.includes(key))) continue;
    const needed = PARSERS[key](request.resource.id);
    if ('fault' in needed) continue;
    const objects = step.entries[key].filter(({ name, limits }) => limits !== undefined && name === needed.name);
    const held = isWithin(needed, step.entries[key], key) ? [needed, ...objects] : objects;
    if (held.length > 0) scope[key] = distinct([...(scope[key] ?? []), ...held.map(uncounted)]);
  }
  return scope as ScopeJson;
}

/** The entry that a request needs: what it names, for its target and its amount. */
export function neededBy(
  { resource, context }: { resource: EntityUid; context?: { readonly [name: string]: unknown } | undefined },
  key: ScopeKey,
): Entry | undefined {
  const named = PARSERS[key](resource.id);
  if ('fault' in named) return undefined;
  const { target, amount } = context ?? {};
  const limits = {
    ...(typeof target === 'string' ? { targets: [target] } : {}),
    // What is below zero is within no amount.
    ...(typeof amount === 'number' || typeof amount === 'bigint'
      ? { amountMax: amount < 0 ? Infinity : Number(amount) }
      : {}),
  };
  return key === 'tools' ? { ...named, limits } : named;
}

/** The list of a scope that a request is granted by; none for an action of an embedder's own. */
export function keyOf({ action }: Pick<Request, 'action'>): ScopeKey | undefined {
  const name = typeof action === 'string' ? action : action.id;
  return SCOPE_KEYS.find((key) => ACTIONS[key].includes(name));
}

const isDynamic = ({ context }: Request): boolean => context?.['dynamic'] === true;

type Item = string | ToolJson;

/** As the step lists it. How often a tool is called the step's own layer counts, over all its calls. */
function uncounted(entry: Entry): Item {
  if (entry.limits === undefined) return entry.text;
  const { count: _, ...limits } = entry.limits;
  return Object.keys(limits).length === 0 ? entry.name : entryJson({ ...entry, limits });
}

const distinct = (items: readonly Item[]): Item[] => [
  ...new Map(items.map((item) => [JSON.stringify(item), item])).values(),
];

function wholeLists(scope: Scope, keys: readonly ScopeKey[]): Partial<Record<ScopeKey, Item[]>> {
  const listed = keys.filter((key) => scope.entries[key].length > 0);
  return Object.fromEntries(listed.map((key) => [key, distinct(scope.entries[key].map(uncounted))]));
}
