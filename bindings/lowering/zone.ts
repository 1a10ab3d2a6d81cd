// Owns: what several scopes grant together: their entries intersected, as zones of names and ports (SPEC §12.1).
// Trusts: parsed entries. Excludes: what judges a request besides its name and port; reach.ts has that.

import { covers } from '../authority/containment.ts';
import type { Entry, Ports } from '../authority/entry.ts';

/** The names of an entry, at some ports. */
export interface Zone {
  entry: Entry;
  /** Ascending, apart from one another. What has no ports has all. */
  ports: readonly Ports[];
}

const PORT_MAX = 65_535;
const ALL_PORTS: Ports = { first: 0, last: PORT_MAX };

/** The zones that all of these lists grant. */
export function intersection(lists: readonly (readonly Entry[])[]): Zone[] {
  const [first = [], ...rest] = lists.map((list) =>
    merged(list.map((entry) => ({ entry, ports: [entry.ports ?? ALL_PORTS] }))),
  );
  return rest.reduce((zones, others) => merged([...within(zones, others), ...within(others, zones)]), first);
}

/**
 * Finds, of the zones, those that stand for all names of an entry. A scope may have thousands; each is asked about
 * each.
 */
export function finderOf(zones: readonly Zone[]): (entry: Entry) => Zone[] {
  const byTrail = Map.groupBy(zones, ({ entry }) => entry.trail.join('\n'));
  return (entry) => {
    const { trail } = entry;
    const above = [...trail.keys(), trail.length].flatMap(
      (length) => byTrail.get(trail.slice(0, length).join('\n')) ?? [],
    );
    return above.filter((zone) => covers(zone.entry, entry));
  };
}

/** An entry without its ports, as its grant writes it. */
const nameText = ({ text, ports }: Entry): string => (ports === undefined ? text : text.replace(/:[^:]*$/, ''));

const portsText = ({ first, last }: Ports): string => {
  if (first === 0 && last === PORT_MAX) return '*';
  return first === last ? `${first}` : `${first}-${last}`;
};

export function zoneText({ entry, ports }: Zone): string {
  return entry.ports === undefined ? entry.text : `${nameText(entry)}:${ports.map(portsText).join(',')}`;
}

/** Ports as few ranges, ascending. */
export function joinPorts(ports: readonly Ports[]): Ports[] {
  const joined: Ports[] = [];
  for (const { first, last } of ports.toSorted((a, b) => a.first - b.first)) {
    const before = joined.at(-1);
    if (before !== undefined && first <= before.last + 1) before.last = Math.max(before.last, last);
    else joined.push({ first, last });
  }
  return joined;
}

/** The ports of `from` that are not among `taken`. Both ascending. */
export function withoutPorts(from: readonly Ports[], taken: readonly Ports[]): Ports[] {
  const gaps = [...taken, undefined].map((next, index) => ({
    first: index === 0 ? 0 : taken[index - 1]!.last + 1,
    last: next === undefined ? PORT_MAX : next.first - 1,
  }));
  return meetPorts(
    from,
    gaps.filter(({ first, last }) => first <= last),
  );
}

/** The zones of `inner`, as far as each lies in one of `outer`. */
function within(inner: readonly Zone[], outer: readonly Zone[]): Zone[] {
  const find = finderOf(outer);
  return inner.flatMap(({ entry, ports }) =>
    find(entry)
      .map((zone) => ({ entry, ports: meetPorts(ports, zone.ports) }))
      .filter((zone) => zone.ports.length > 0),
  );
}

function meetPorts(ports: readonly Ports[], others: readonly Ports[]): Ports[] {
  const met: Ports[] = [];
  let [one, other] = [0, 0];
  while (one < ports.length && other < others.length) {
    const [a, b] = [ports[one]!, others[other]!];
    const both = { first: Math.max(a.first, b.first), last: Math.min(a.last, b.last) };
    if (both.first <= both.last) met.push(both);
    if (a.last < b.last) one++;
    else other++;
  }
  return met;
}

/** The same with one zone for each name, and none that another holds. */
function merged(zones: readonly Zone[]): Zone[] {
  const byName = Map.groupBy(zones, ({ entry }) => nameText(entry));
  const distinct = [...byName.values()].map((same) => ({
    entry: same[0]!.entry,
    ports: joinPorts(same.flatMap(({ ports }) => ports)),
  }));
  const find = finderOf(distinct);
  return distinct.filter(
    (zone) => !find(zone.entry).some((other) => other !== zone && withoutPorts(zone.ports, other.ports).length === 0),
  );
}
