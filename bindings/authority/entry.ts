// Owns: the entries of a scope (SPEC §11.2): which texts are entries, and what each stands for.
// Trusts: nothing. What is not in the one form of its kind is a fault, told with the form it should have.

import { isShown } from '../shown-text.ts';
import { isObject } from '../is-object.ts';
import { parseExtension } from '../../engine/compiler/extension.ts';

/** Ports of an endpoint, both included. */
export interface Ports {
  first: number;
  last: number;
}

/**
 * An entry and the names it stands for. `trail` is a name from general to specific: a path's segments, a host's labels
 * from the right, an address's bits.
 */
export interface Entry {
  text: string;
  kind: keyof typeof REACH;
  /** The name in the text: the path, the host, the block of addresses, the owner. */
  name: string;
  trail: readonly string[];
  ports?: Ports;
  /** What an object of `tools` says beside its tool. */
  limits?: ToolLimits;
}

/** For which targets, up to which amount and how often a tool is granted; and whether for others a person is asked. */
export interface ToolLimits {
  /** Texts, each with at most one `*`, at its beginning or its end. */
  targets?: readonly string[];
  amountMax?: number;
  count?: number;
  orAsk?: true;
}

/** An object of `tools`. */
export interface ToolJson extends ToolLimits {
  tool: string;
}

/** What a kind stands for: its trail alone (`exact`), all that goes on from it (`below`), or both (`from`). */
export const REACH = {
  path: 'from',
  file: 'exact',
  directory: 'below',
  program: 'exact',
  any: 'from',
  host: 'exact',
  domain: 'below',
  address: 'from',
  member: 'exact',
  owner: 'below',
} as const;

/** An entry, or what is wrong with the text. */
export type Parsed = Entry | { fault: string };

const PATH_BYTES_MAX = 4096;
const HOST_LENGTH_MAX = 253;
const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;
const ENDPOINT = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/;
const PORTS = /^(0|[1-9]\d{0,4})(?:-(0|[1-9]\d{0,4}))?$/;
const PORT_MAX = 65_535;
const ALL_PORTS: Ports = { first: 0, last: PORT_MAX };
/** IPv4-mapped addresses, as they are written: SPEC §4 has no such host. */
const MAPPED = /^::ffff:[0-9a-f]+:[0-9a-f]+$/;
const TOOL_FIELDS = ['tool', 'targets', 'amountMax', 'count', 'orAsk'];
const PATTERN_LENGTH_MAX = 256;
const COUNT_MAX = 2 ** 32 - 1;

/** A canonical path: it and all below it. */
export function parsePath(text: string): Parsed {
  const fault = pathFault(text);
  return fault === undefined ? { text, kind: 'path', name: text, trail: segmentsOf(text) } : { fault };
}

/**
 * A path: that file; one that ends in `/`: all files below that directory; a name without `/`: a program called by that
 * name.
 */
export function parseExecutable(text: string): Parsed {
  if (text !== '' && !text.includes('/')) {
    const fault = nameFault(text);
    return fault === undefined ? { text, kind: 'program', name: text, trail: ['program', text] } : { fault };
  }
  const isDirectory = text.endsWith('/');
  const name = isDirectory && text !== '/' ? text.slice(0, -1) : text;
  const fault = text === '//' ? 'write /' : pathFault(name);
  if (fault !== undefined) return { fault };
  return { text, kind: isDirectory ? 'directory' : 'file', name, trail: ['path', ...segmentsOf(name)] };
}

/** `HOST:PORTS`, where HOST is `*`, a host name, `*.` and a host name, an address or a block of addresses. */
export function parseEndpoint(text: string): Parsed {
  const [, bracketed, bare, portText] = ENDPOINT.exec(text) ?? [];
  if (portText === undefined) return { fault: 'must be HOST:PORT; an IPv6 address stands in brackets' };
  const ports = portsOf(portText);
  if (ports === undefined) return { fault: 'the port must be a number up to 65535, a range FROM-TO, or *' };
  const of = (kind: Entry['kind'], name: string, trail: string[]): Entry => ({ text, kind, name, trail, ports });
  if (bare === '*') return of('any', '*', []);
  const host = bracketed ?? bare!;
  if (bracketed !== undefined || /^[\d.]+(\/.*)?$/.test(host)) {
    const block = blockOf(host, bracketed !== undefined);
    return 'fault' in block ? block : of('address', host, block.trail);
  }
  const isDomain = host.startsWith('*.');
  const name = isDomain ? host.slice(2) : host;
  if (!isHostName(name)) return { fault: `${JSON.stringify(name)} is no host name in lower case` };
  return of(isDomain ? 'domain' : 'host', name, ['name', ...name.split('.').toReversed()]);
}

/** `OWNER/NAME`, or `OWNER/*` for all names of an owner. */
export function parseMember(text: string): Parsed {
  const slash = text.indexOf('/');
  const [owner, name] = [text.slice(0, slash), text.slice(slash + 1)];
  if (slash < 1 || name === '') return { fault: 'must be OWNER/NAME or OWNER/*' };
  const fault = nameFault(owner) ?? (name === '*' ? undefined : nameFault(name));
  if (fault !== undefined) return { fault };
  return name === '*'
    ? { text, kind: 'owner', name: owner, trail: [owner] }
    : { text, kind: 'member', name: text, trail: [owner, name] };
}

/** An object of `tools`. Its text has the names in the order of SPEC §11.2. */
export function parseTool(json: unknown): Parsed {
  if (!isObject(json)) return { fault: 'must be text or an object' };
  const unknown = Object.keys(json).find((name) => !TOOL_FIELDS.includes(name));
  if (unknown !== undefined) return { fault: `${unknown}: unknown; an object has ${TOOL_FIELDS.join(', ')}` };
  const { tool, targets, amountMax, count, orAsk } = json;
  const member = typeof tool === 'string' ? parseMember(tool) : undefined;
  if (member === undefined || 'fault' in member || member.kind !== 'member')
    return { fault: 'tool: must be OWNER/NAME' };
  if (targets !== undefined && !areTargets(targets)) {
    return { fault: 'targets: must be a list of texts, each with at most one *, at its beginning or its end' };
  }
  if (amountMax !== undefined && !isAmount(amountMax)) return { fault: 'amountMax: must be a whole number from 0 on' };
  if (count !== undefined && !(isAmount(count) && count >= 1 && count <= COUNT_MAX)) {
    return { fault: `count: must be 1-${COUNT_MAX}` };
  }
  if (orAsk !== undefined && orAsk !== true) return { fault: 'orAsk: must be true, or absent' };
  if (orAsk !== undefined && count !== undefined) return { fault: 'count: not with orAsk' };
  if (targets === undefined && amountMax === undefined && count === undefined) {
    return { fault: `must have targets or amountMax${orAsk === undefined ? ' or count' : ''}; else write its name` };
  }
  const limits = {
    ...(targets === undefined ? {} : { targets }),
    // Not the zero below zero, which JSON writes alike.
    ...(amountMax === undefined ? {} : { amountMax: amountMax + 0 }),
    ...(count === undefined ? {} : { count }),
    ...(orAsk === undefined ? {} : { orAsk: true as const }),
  };
  return { ...member, text: JSON.stringify({ tool: member.name, ...limits }), limits };
}

/** An entry as a scope lists it. */
export const entryJson = ({ text, name, limits }: Entry): string | ToolJson =>
  limits === undefined ? text : { tool: name, ...limits };

function areTargets(targets: unknown): targets is string[] {
  if (!Array.isArray(targets) || targets.length === 0 || new Set(targets).size < targets.length) return false;
  return targets.every((pattern: unknown) => {
    if (typeof pattern !== 'string' || !pattern.isWellFormed() || !isShown(pattern)) return false;
    const length = [...pattern].length;
    return length >= 1 && length <= PATTERN_LENGTH_MAX && /^(\*?[^*]*|[^*]*\*)$/.test(pattern);
  });
}

const isAmount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const segmentsOf = (path: string): string[] => (path === '/' ? [] : path.slice(1).split('/'));

/** SPEC §4, and what no entry may hold. */
function pathFault(path: string): string | undefined {
  if (!path.startsWith('/')) return 'must be an absolute path';
  if (path !== '/' && path.endsWith('/')) return `must not end in /; write ${JSON.stringify(path.slice(0, -1))}`;
  if (segmentsOf(path).some((segment) => ['', '.', '..'].includes(segment))) {
    return 'must be canonical: no empty, . or .. segment';
  }
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) return `must have at most ${PATH_BYTES_MAX} bytes`;
  return nameFault(path);
}

/**
 * Someone who writes a pattern means more than the one name it would be; and who approves a scope has to see all of it.
 */
function nameFault(name: string): string | undefined {
  if (!isShown(name)) return 'must have characters that show only';
  return name.includes('*') ? 'is not a pattern: no name in a scope holds a *' : undefined;
}

function isHostName(name: string): boolean {
  const labels = name.split('.');
  return name.length <= HOST_LENGTH_MAX && labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1)!);
}

function portsOf(text: string): Ports | undefined {
  if (text === '*') return ALL_PORTS;
  const [, first, last = first] = PORTS.exec(text) ?? [];
  if (first === undefined || Number(last) > PORT_MAX || Number(first) > Number(last)) return undefined;
  // One form for each range: a single port is no range, and all ports are `*`.
  const isRange = text.includes('-');
  if (isRange && (first === last || (first === '0' && Number(last) === PORT_MAX))) return undefined;
  return { first: Number(first), last: Number(last) };
}

function blockOf(text: string, isIpv6: boolean): { trail: string[] } | { fault: string } {
  const [address = '', prefix] = text.split('/');
  const value = address.includes(':') === isIpv6 ? parseExtension('ip', text) : undefined;
  if (value === undefined || typeof value !== 'object' || !('ipaddr' in value)) {
    return { fault: `${JSON.stringify(text)} is no ${isIpv6 ? 'IPv6' : 'IPv4'} address or block` };
  }
  if (isIpv6 && canonicalIpv6(address) !== address) return { fault: `write the address as ${canonicalIpv6(address)}` };
  if (isIpv6 && MAPPED.test(address)) return { fault: 'write an IPv4-mapped address as the IPv4 address it is' };
  const length = value.ipaddr.at(-1)!;
  const bits = Array.from(value.ipaddr.subarray(0, -1), (byte) => byte.toString(2).padStart(8, '0')).join('');
  if (prefix !== undefined && length === bits.length) return { fault: 'write a block of one address as the address' };
  if (bits.includes('1', length)) return { fault: `the address has bits beyond its prefix of ${length}` };
  return { trail: [isIpv6 ? 'ipv6' : 'ipv4', ...bits.slice(0, length)] };
}

/** RFC 5952, as the URL standard writes hosts. */
const canonicalIpv6 = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1);
