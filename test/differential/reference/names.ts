// Owns: SPEC §4: which ids of derived types are canonical, and the ancestors they imply.
// Trusts: the schema's derived types have the parents §8.1 asks for. Excludes: refusing a request (validate.ts).

import { type DerivedKind, type EntityType, type Schema } from './schema.ts';
import { entity, type Entity } from './value.ts';

const utf8Length = (text: string): number => Buffer.byteLength(text, 'utf8');

const isPath = (id: string): boolean =>
  utf8Length(id) <= 4096 && (id === '/' || /^(\/(?!\.\.?(\/|$))[^/\0]+)+$/.test(id));

const isHostName = (id: string): boolean =>
  id.length <= 253 &&
  /^(?![-.])[a-z0-9._-]+$/.test(id) &&
  id.split('.').every((label) => /^(?!-)[a-z0-9_-]{1,63}$/.test(label) && !label.endsWith('-')) &&
  !/(^|\.)\d+$/.test(id);

const isIpv4 = (id: string): boolean =>
  /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.test(id) &&
  id.split('.').every((octet) => String(Number(octet)) === octet && Number(octet) < 256);

/** RFC 5952 §4: lower case, no leading zeros, the first of the longest runs of two or more zero groups as `::`. */
function isIpv6(id: string): boolean {
  const halves = id.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const given = halves.flat();
  if (halves.length > 2 || (halves.length === 1 ? given.length !== 8 : given.length > 6)) return false;
  if (!given.every((group) => /^(0|[1-9a-f][0-9a-f]{0,3})$/.test(group))) return false;
  const groups = [...halves[0]!, ...Array<string>(8 - given.length).fill('0'), ...(halves[1] ?? [])];
  if (groups.slice(0, 5).every((group) => group === '0') && groups[5] === 'ffff') return false;
  const runs = groups.map((_, start) => {
    const end = groups.findIndex((group, index) => index >= start && group !== '0');
    return (end < 0 ? 8 : end) - start;
  });
  const longest = Math.max(...runs);
  if (longest < 2) return halves.length === 1;
  const start = runs.indexOf(longest);
  return id === `${groups.slice(0, start).join(':')}::${groups.slice(start + longest).join(':')}`;
}

const isHost = (id: string): boolean => isHostName(id) || isIpv4(id) || isIpv6(id);

function splitEndpoint(id: string): { host: string; port: number } | undefined {
  const [, bracketed, bare, port] = /^(?:\[([^\]]*)\]|([^:]*)):(0|[1-9]\d{0,4})$/s.exec(id) ?? [];
  if (port === undefined || Number(port) > 65_535) return;
  if (bracketed !== undefined) return isIpv6(bracketed) ? { host: bracketed, port: Number(port) } : undefined;
  return isHostName(bare!) || isIpv4(bare!) ? { host: bare!, port: Number(port) } : undefined;
}

export function isCanonical(kind: DerivedKind, id: string): boolean {
  switch (kind) {
    case 'path':
      return isPath(id);
    case 'domain':
      return isHostName(id);
    case 'host':
      return isHost(id);
    case 'endpoint':
      return splitEndpoint(id) !== undefined;
    case 'qualified':
      return /^[^/]+\/.+$/s.test(id);
  }
}

/** `a.b.c`, `b.c`, `c`. */
function domainsOf(hostName: string): string[] {
  const labels = hostName.split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
}

/** The ancestors of an entity of a derived type, all of them; none if its id is not canonical. */
export function derivedAncestors({ derived, parentTypes }: EntityType, id: string, schema: Schema): Entity[] {
  if (derived === undefined || !isCanonical(derived, id)) return [];
  const parentType = parentTypes[0]!;
  const named = (ids: string[]) => ids.map((ancestor) => entity(parentType, ancestor));
  switch (derived) {
    case 'path': {
      const ends = [...id.matchAll(/\//g)].map(({ index }) => index);
      return id === '/' ? [] : named(ends.map((end) => id.slice(0, end) || '/'));
    }
    case 'domain':
      return named(domainsOf(id).slice(1));
    case 'host':
      return isHostName(id) ? named(domainsOf(id)) : [];
    case 'endpoint': {
      const { host } = splitEndpoint(id)!;
      return [entity(parentType, host), ...derivedAncestors(schema.entityTypes.get(parentType)!, host, schema)];
    }
    case 'qualified':
      return named([id.slice(0, id.indexOf('/'))]);
  }
}

/** The port of a canonical endpoint. */
export const portOf = (endpoint: string): number => splitEndpoint(endpoint)!.port;

/** The segments of a canonical path. */
export const segmentsOf = (path: string): string[] => path.split('/').filter((segment) => segment !== '');
