// Owns: the scope of an action grant (SPEC §11.6): what a call needs, as far as can be told before it runs, within the
// step it belongs to.
// Trusts: the adapter for what a call needs. What it leaves out is not granted; what it adds beyond the step is left
// out here.

import type { Request } from '../request.ts';
import { isWithin } from './containment.ts';
import type { Entry } from './entry.ts';
import { ACTIONS } from './layer.ts';
import { PARSERS, SCOPE_KEYS, type Scope, type ScopeJson, type ScopeKey } from './scope.ts';

// What a program reads and which programs it runs in turn shows in no command's text; what it changes and reaches has
// to.
const KEPT_BY_PROGRAMS: readonly ScopeKey[] = ['read', 'exec'];

/** The lists of a scope that a call's requests ask for, within the step's. */
export function actionScope(requests: readonly Request[], step: Scope): ScopeJson {
  if (requests.some(isDynamic)) return { ...textsOf(step, SCOPE_KEYS), ...(step.dynamic ? { dynamic: true } : {}) };
  const runs = requests.some((request) => keyOf(request) === 'exec');
  const scope = textsOf(step, runs ? KEPT_BY_PROGRAMS : []);
  for (const request of requests) {
    const key = keyOf(request);
    if (key === undefined || (runs && KEPT_BY_PROGRAMS.includes(key))) continue;
    const needed = PARSERS[key](request.resource.id);
    if ('fault' in needed || !isWithin(needed, step.entries[key], key)) continue;
    const list = (scope[key] ??= []);
    if (!list.includes(needed.text)) list.push(needed.text);
  }
  return scope;
}

/** The list of a scope that a request is granted by; none for an action of an embedder's own. */
export function keyOf({ action }: Pick<Request, 'action'>): ScopeKey | undefined {
  const name = typeof action === 'string' ? action : action.id;
  return SCOPE_KEYS.find((key) => ACTIONS[key].includes(name));
}

const isDynamic = ({ context }: Request): boolean => context?.['dynamic'] === true;

const listed = (entries: readonly Entry[]): string[] => entries.map(({ text }) => text);

function textsOf(scope: Scope, keys: readonly ScopeKey[]): ScopeJson {
  const texts: ScopeJson = {};
  for (const key of keys) if (scope.entries[key].length > 0) texts[key] = listed(scope.entries[key]);
  return texts;
}
