// Owns: how far an authority reaches: the zones that all its grants list, and what judges a request besides (SPEC
// §12.1).
// Trusts: grants that were read. Excludes: what a kernel can hold of it.

import { parsePolicies } from '../../engine/compiler/parse.ts';
import type { Entry } from '../authority/entry.ts';
import type { Grant } from '../authority/grant.ts';
import { ACTIONS } from '../authority/layer.ts';
import { SCOPE_KEYS, type ScopeKey } from '../authority/scope.ts';
import { finderOf, intersection, type Zone } from './zone.ts';

interface Forbid {
  /** As the policy is called in the layer (SPEC §11.4). */
  id: string;
  text: string;
  /** The lists whose actions it may concern. */
  keys: readonly ScopeKey[];
}

export interface Reach {
  zones: Readonly<Record<ScopeKey, readonly Zone[]>>;
  /** Lists of which a name and a port do not tell whether a request is allowed. */
  judged: ReadonlySet<ScopeKey>;
  /** Places that can be moved to where the grants do not list them. */
  movable: ReadonlySet<Zone>;
  dynamic: boolean;
  /** Some grant says what is meant to happen. */
  expects: boolean;
  forbids: readonly Forbid[];
  /** From then on nothing is allowed; milliseconds since 1970. */
  untilMs: number;
}

export function reachOf(chain: readonly Grant[]): Reach {
  const zones = {} as Record<ScopeKey, readonly Zone[]>;
  for (const key of SCOPE_KEYS) zones[key] = intersection(chain.map(({ scope }) => scope.entries[key]));
  const dynamic = chain.every(({ scope }) => scope.dynamic);
  const forbids = chain.flatMap(({ level, scope }) =>
    scope.forbid.map((text, index) => ({ id: `${level}.forbid.${index}`, text, keys: keysForbidden(text) })),
  );
  const judged = new Set(forbids.flatMap(({ keys }) => keys));
  // What cannot be told from its text waits for approval, and a kernel does not know which that is.
  if (!dynamic) judged.add('exec');
  // A call that the kernel lets through is never told to be surprising.
  const expects = chain.some(({ expect }) => expect !== undefined);
  if (expects) for (const key of SCOPE_KEYS) judged.add(key);
  return {
    zones,
    judged,
    movable: movable(zones),
    dynamic,
    expects,
    forbids,
    untilMs: Math.min(...chain.map(({ expiresMs }) => expiresMs)),
  };
}

/**
 * What can be moved elsewhere under this authority: it stands below a directory that may be written, and a kernel that
 * holds objects goes on holding it under its new name.
 */
function movable({ read, write, exec }: Reach['zones']): Set<Zone> {
  const find = finderOf(write);
  const isBelowWritable = ({ entry: { kind, text, name, trail } }: Zone): boolean => {
    // Of an executable, the trail begins with what kind of name it is.
    const path: Entry = { text, name, kind: 'path', trail: kind === 'path' ? trail : trail.slice(1) };
    return find(path).some((above) => above.entry.name !== name);
  };
  return new Set([...read, ...exec.filter(({ entry }) => entry.kind !== 'program')].filter(isBelowWritable));
}

/** Those of the actions in its head, if it names single ones of the domain's; else all. */
function keysForbidden(text: string): readonly ScopeKey[] {
  const parsed = parsePolicies({ name: 'forbid', text });
  const { equals, ancestors } = ('policies' in parsed ? parsed.policies[0]?.action : undefined) ?? {};
  const actions = equals === undefined ? (ancestors ?? []) : [equals];
  const keys = actions.map(({ type, id }) =>
    type === 'Action' ? SCOPE_KEYS.find((key) => ACTIONS[key].includes(id)) : undefined,
  );
  const known = keys.filter((key) => key !== undefined);
  return known.length === 0 || known.length < keys.length ? SCOPE_KEYS : [...new Set(known)];
}
