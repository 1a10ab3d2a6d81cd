// Owns: entries of `connect` and `listen`: names, addresses, blocks of addresses, and ports. SPEC §11.2, names of §4.

/** The hosts of an entry. `below`: names below `name`, not `name` itself. `block`: a single address is a block, too. */
export type Place =
  | { kind: 'any' }
  | { kind: 'name'; name: string }
  | { kind: 'below'; name: string }
  | { kind: 'block'; bits: bigint; length: number; longest: 32 | 128 };

export interface Endpoints {
  place: Place;
  first: number;
  last: number;
}

const PORT_MAX = 65_535;
const HOST_CHARACTERS_MAX = 253;
const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const HOST = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const NUMBER = '(?:0|[1-9]\\d*)';

/** The endpoints an entry stands for, or undefined if it is not in its one form. */
export function parseEndpoints(entry: string): Endpoints | undefined {
  const colon = entry.lastIndexOf(':');
  if (colon < 0) return undefined;
  const place = parsePlace(entry.slice(0, colon));
  const ports = parsePorts(entry.slice(colon + 1));
  return place && ports && { place, ...ports };
}

/** Whether each name that `inner` stands for is among those of `outer`. */
export function isPlaceWithin(inner: Place, outer: Place): boolean {
  if (outer.kind === 'any') return true;
  if (outer.kind === 'name') return inner.kind === 'name' && inner.name === outer.name;
  if (outer.kind === 'below') {
    if (inner.kind === 'below' && inner.name === outer.name) return true;
    return (inner.kind === 'name' || inner.kind === 'below') && inner.name.endsWith(`.${outer.name}`);
  }
  if (inner.kind !== 'block' || inner.longest !== outer.longest || inner.length < outer.length) return false;
  const rest = BigInt(outer.longest - outer.length);
  return inner.bits >> rest === outer.bits >> rest;
}

function parsePorts(text: string): { first: number; last: number } | undefined {
  if (text === '*') return { first: 0, last: PORT_MAX };
  const [, from, to] = new RegExp(`^(${NUMBER})(?:-(${NUMBER}))?$`).exec(text) ?? [];
  if (from === undefined) return undefined;
  const [first, last] = [Number(from), Number(to ?? from)];
  if (last > PORT_MAX || (to !== undefined && first >= last)) return undefined;
  // All ports are written `*`.
  return first === 0 && last === PORT_MAX ? undefined : { first, last };
}

function parsePlace(text: string): Place | undefined {
  if (text === '*') return { kind: 'any' };
  if (text.startsWith('[')) return text.endsWith(']') ? parseBlock(text.slice(1, -1), 128) : undefined;
  if (text.startsWith('*.')) return isHostName(text.slice(2)) ? { kind: 'below', name: text.slice(2) } : undefined;
  return isHostName(text) ? { kind: 'name', name: text } : parseBlock(text, 32);
}

function isHostName(text: string): boolean {
  if (text.length > HOST_CHARACTERS_MAX || !HOST.test(text)) return false;
  return !/^\d+$/.test(text.slice(text.lastIndexOf('.') + 1));
}

function parseBlock(text: string, longest: 32 | 128): Place | undefined {
  const [, address, prefix] = new RegExp(`^([^/]*)(?:/(${NUMBER}))?$`).exec(text) ?? [];
  const bits = address === undefined ? undefined : longest === 32 ? parseIpv4(address) : parseIpv6(address);
  if (bits === undefined) return undefined;
  if (prefix === undefined) return { kind: 'block', bits, length: longest, longest };
  const length = Number(prefix);
  const beyond = BigInt(longest - length);
  if (length >= longest || (bits >> beyond) << beyond !== bits) return undefined;
  return { kind: 'block', bits, length, longest };
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

// By RFC 5952 each address has one text, so the address is written again and compared with the entry. An IPv4-mapped
// address has to be written as IPv4.
function parseIpv6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [left, right] = halves.map((half) => (half === '' ? [] : half.split(':'))) as [string[], string[]?];
  const missing = 8 - left.length - (right?.length ?? 0);
  if (right ? missing < 1 : missing !== 0) return undefined;
  const digits = [...left, ...Array.from({ length: missing }, () => '0'), ...(right ?? [])];
  if (!digits.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return undefined;
  const groups = digits.map((group) => Number.parseInt(group, 16));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return undefined;
  if (formatIpv6(groups) !== text) return undefined;
  return groups.reduce((bits, group) => (bits << 16n) | BigInt(group), 0n);
}

// The first of the longest runs of two zeros or more is left out.
function formatIpv6(groups: number[]): string {
  let [start, length] = [0, 1];
  for (let at = 0; at < groups.length; at++) {
    let end = at;
    while (groups[end] === 0) end++;
    if (end - at > length) [start, length] = [at, end - at];
  }
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}
