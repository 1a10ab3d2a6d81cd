// Owns: what several scopes grant together: their entries intersected, as zones of names and ports (SPEC §12.1).
// Trusts: parsed entries. Excludes: what judges a request besides its name and port; reach.ts has that.

import { covers } from '../authority/containment.ts';
import type { Entry, Ports } from '../authority/entry.ts';

/** What is at once among the names of every entry in `names`, at one of `ports`. */
export interface Zone {
  /** One entry; or two, a host and a block of addresses, where each comes from another level. */
  names: readonly Entry[];
  /** Ascending, apart from one another. What has no ports has all. */
  ports: readonly Ports[];
}

export const ALL_PORTS: Ports = { first: 0, last: 65_535 };

/** The zones that all of these lists grant. */
export function intersection(lists: readonly (readonly Entry[])[]): Zone[] {
  const [first = [], ...rest] = lists.map((list) =>
    merged(list.map((entry) => ({ names: [entry], ports: [entry.ports ?? ALL_PORTS] }))),
  );
  return rest.reduce(
    (zones, others) => merged(zones.flatMap((zone) => others.flatMap((one) => meet(zone, one)))),
    first,
  );
}

/** Whether every name and port of `inner` is one of `outer`. */
function holds(outer: Zone, inner: Zone): boolean {
  return (
    outer.names.every((name) => inner.names.some((one) => covers(name, one))) &&
    sameAs(meetPorts(outer.ports, inner.ports), inner.ports)
  );
}

/** An entry without its ports, as its grant writes it. */
export const nameText = ({ text, ports }: Entry): string => (ports === undefined ? text : text.replace(/:[^:]*$/, ''));

export const portsText = ({ first, last }: Ports): string => {
  if (first === 0 && last === ALL_PORTS.last) return '*';
  return first === last ? `${first}` : `${first}-${last}`;
};

export function zoneText({ names, ports }: Zone): string {
  const text = names.map(nameText).join(' at ');
  return names[0]!.ports === undefined ? text : `${text}:${ports.map(portsText).join(',')}`;
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
  return taken.reduce<Ports[]>(
    (left, { first, last }) =>
      left.flatMap((one) =>
        [
          { first: one.first, last: Math.min(one.last, first - 1) },
          { first: Math.max(one.first, last + 1), last: one.last },
        ].filter((part) => part.first <= part.last),
      ),
    [...from],
  );
}

function meet(a: Zone, b: Zone): Zone[] {
  const ports = meetPorts(a.ports, b.ports);
  const names = ports.length === 0 ? undefined : meetNames(a.names, b.names);
  return names === undefined ? [] : [{ names, ports }];
}

function meetNames(names: readonly Entry[], others: readonly Entry[]): readonly Entry[] | undefined {
  return others.reduce<readonly Entry[] | undefined>((met, entry) => {
    if (met === undefined || met.some((one) => covers(entry, one))) return met;
    const apart = met.filter((one) => !covers(one, entry));
    // Of two names that are not one within the other, a host and a block alone can be those of one endpoint.
    if (apart.some((one) => (one.kind === 'address') === (entry.kind === 'address'))) return undefined;
    return [...apart, entry];
  }, names);
}

function meetPorts(ports: readonly Ports[], others: readonly Ports[]): Ports[] {
  const met = ports.flatMap((a) =>
    others.map((b) => ({ first: Math.max(a.first, b.first), last: Math.min(a.last, b.last) })),
  );
  return joinPorts(met.filter(({ first, last }) => first <= last));
}

/** The same with one zone for each name, and none that another holds. */
function merged(zones: readonly Zone[]): Zone[] {
  const byName = new Map<string, Zone>();
  for (const zone of zones) {
    const key = JSON.stringify(zone.names.map(nameText).toSorted());
    const ports = [...(byName.get(key)?.ports ?? []), ...zone.ports];
    byName.set(key, { names: zone.names, ports: joinPorts(ports) });
  }
  const distinct = [...byName.values()];
  return distinct.filter((zone) => !distinct.some((other) => other !== zone && holds(other, zone)));
}

const sameAs = (ports: readonly Ports[], others: readonly Ports[]): boolean =>
  ports.length === others.length &&
  ports.every(({ first, last }, index) => first === others[index]!.first && last === others[index]!.last);
