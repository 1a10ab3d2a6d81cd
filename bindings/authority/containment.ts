// Owns: whether a child's scope lies within its parent's (SPEC §11.3), and if not, which entry is too wide.
// Excludes: `forbid` and `count`. A child may add its own, and the parent's hold whatever the child says, since layers
// are ANDed.

import { entryJson, REACH, type Entry, type Ports, type ToolLimits } from './entry.ts';
import { SCOPE_KEYS, type Scope, type ScopeKey } from './scope.ts';

/**
 * Why the child's scope is not within the parent's: its first entry that widens, and the parent's that comes closest.
 */
export function widening(child: Scope, parent: Scope): string | undefined {
  for (const key of SCOPE_KEYS) {
    for (const [index, entry] of child.entries[key].entries()) {
      const place = `scope.${key}[${index}] ${JSON.stringify(entryJson(entry))}`;
      const problem = excess(entry, parent.entries[key], key);
      if (problem !== undefined) return `${place}: ${problem}`;
    }
  }
  const asked = parent.entries.tools.find((entry) => entry.limits?.orAsk && !isAskedWithin(entry, child));
  if (asked !== undefined)
    return `scope.tools: the parent lets ask beyond ${JSON.stringify(entryJson(asked))}, and it does not`;
  return child.dynamic && !parent.dynamic ? 'scope.dynamic: the parent does not let dynamic commands run' : undefined;
}

function excess(entry: Entry, allowed: readonly Entry[], key: ScopeKey): string | undefined {
  const covering = allowed.filter((one) => covers(one, entry));
  if (covering.length > 0) {
    const ports = uncovered(entry.ports, covering);
    if (ports === undefined) return undefined;
    return `the parent leaves out ${ports}; closest is ${JSON.stringify(entryJson(covering[0]!))}`;
  }
  const closest = closestOf(entry, allowed);
  if (closest === undefined) return `the parent has no ${key}`;
  return `the parent does not hold it; closest is ${JSON.stringify(entryJson(closest))}`;
}

/** Whether every name that `entry` stands for, with its ports, is one that the entries stand for. */
export const isWithin = (entry: Entry, allowed: readonly Entry[], key: ScopeKey): boolean =>
  excess(entry, allowed, key) === undefined;

/** Of the entries the one whose name has most in common with that of `entry`. */
export function closestOf(entry: Entry, allowed: readonly Entry[]): Entry | undefined {
  return allowed.toSorted((a, b) => nearness(b, entry) - nearness(a, entry))[0];
}

/** Whether what waits for approval by this entry of a parent, or is refused, does so or is refused by the child too. */
function isAskedWithin(parent: Entry, child: Scope): boolean {
  const concerned = child.entries.tools.filter((entry) => standsFor(entry, parent));
  const asking = concerned.find(({ limits }) => limits?.orAsk);
  return (asking === undefined ? concerned : [asking]).every(({ limits = {} }) => isLimitedBy(limits, parent.limits!));
}

/** Whether every name that `inner` stands for is one that `outer` stands for, within its limits; ports apart. */
export function covers(outer: Entry, inner: Entry): boolean {
  const { limits = {} } = outer;
  // With `orAsk` all is permitted, if not at once.
  return standsFor(outer, inner) && (limits.orAsk === true || isLimitedBy(permitted(inner), limits));
}

const permitted = ({ limits = {} }: Entry): ToolLimits => (limits.orAsk === true ? {} : limits);

function isLimitedBy(inner: ToolLimits, outer: ToolLimits): boolean {
  const { targets, amountMax } = outer;
  if (amountMax !== undefined && !(inner.amountMax !== undefined && inner.amountMax <= amountMax)) return false;
  if (targets === undefined) return true;
  return inner.targets?.every((pattern) => targets.some((one) => isPatternWithin(pattern, one))) === true;
}

/** Whether every text that `inner` stands for is one that `outer` stands for. Each has at most one `*`, at an end. */
function isPatternWithin(inner: string, outer: string): boolean {
  if (!outer.includes('*')) return inner === outer;
  // What is before the star, or behind it, stands at that end of every text; where `inner` has its own there, at
  // least so much of it.
  if (outer.endsWith('*')) return inner.startsWith(outer.slice(0, -1));
  return inner.endsWith(outer.slice(1));
}

/** Whether every name that `inner` stands for is one that `outer` stands for; ports and limits apart. */
function standsFor(outer: Entry, inner: Entry): boolean {
  if (nearness(outer, inner) < outer.trail.length) return false;
  const sameTrail = outer.trail.length === inner.trail.length;
  if (REACH[outer.kind] === 'exact') return sameTrail && REACH[inner.kind] === 'exact';
  return REACH[outer.kind] === 'from' || !sameTrail || REACH[inner.kind] === 'below';
}

/** How many steps the two trails have in common. */
function nearness(a: Entry, b: Entry): number {
  const differing = a.trail.findIndex((step, index) => step !== b.trail[index]);
  return differing < 0 ? a.trail.length : differing;
}

/** The first port of `ports` that none of the entries has, told; several entries may share them out. */
function uncovered(ports: Ports | undefined, covering: readonly Entry[]): string | undefined {
  if (ports === undefined) return undefined;
  let next = ports.first;
  for (const { first, last } of covering.map((entry) => entry.ports!).toSorted((a, b) => a.first - b.first)) {
    if (first <= next && last >= next) next = last + 1;
  }
  return next > ports.last ? undefined : `port ${next}`;
}
