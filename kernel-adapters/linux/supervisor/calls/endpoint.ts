// Owns: socket addresses as the domain names endpoints: one name for one endpoint.
// Trusts: nothing; what is not an address of the internet has no name.

import { AF, sockaddr } from '../../abi.ts';
import type { Request } from '../mediator.ts';

export interface Endpoint {
  /** `IP:PORT` or `[IPv6]:PORT`. */
  name: string;
  ip: string;
  port: number;
}

const MAPPED = Buffer.from('00000000000000000000ffff', 'hex');

const ipv4 = (bytes: Uint8Array): string => bytes.join('.');

const text = (part: number[]): string => part.map((group) => group.toString(16)).join(':');

/** RFC 5952: lower case, no leading zeros, the first of the longest runs of zeros shortened if it has two or more. */
function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2));
  let best = { start: 0, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  if (best.length === 1) return text(groups);
  return `${text(groups.slice(0, best.start))}::${text(groups.slice(best.start + best.length))}`;
}

/** `undefined`: not a whole address of IPv4 or IPv6. */
export function endpointOf(address: Buffer): Endpoint | undefined {
  if (address.length < 2) return undefined;
  const family = address.readUInt16LE(sockaddr.family);
  if (family === AF.INET && address.length >= sockaddr.in.size) {
    const ip = ipv4(address.subarray(sockaddr.in.address, sockaddr.in.address + 4));
    const port = address.readUInt16BE(sockaddr.in.port);
    return { name: `${ip}:${port}`, ip, port };
  }
  if (family === AF.INET6 && address.length >= sockaddr.in6.address + 16) {
    const bytes = address.subarray(sockaddr.in6.address, sockaddr.in6.address + 16);
    const port = address.readUInt16BE(sockaddr.in6.port);
    if (bytes.subarray(0, MAPPED.length).equals(MAPPED)) {
      const ip = ipv4(bytes.subarray(MAPPED.length));
      return { name: `${ip}:${port}`, ip, port };
    }
    const ip = ipv6(bytes);
    return { name: `[${ip}]:${port}`, ip, port };
  }
  return undefined;
}

/** Connecting to no address in particular is connecting to this machine: it is written out, so that it is judged as
 * that. */
export function definite(address: Buffer): Buffer {
  const endpoint = endpointOf(address);
  const copy = Buffer.from(address);
  if (endpoint?.ip === '::') copy[sockaddr.in6.address + 15] = 1;
  if (endpoint?.ip !== '0.0.0.0') return copy;
  const at =
    copy.readUInt16LE(sockaddr.family) === AF.INET ? sockaddr.in.address : sockaddr.in6.address + MAPPED.length;
  copy.set([127, 0, 0, 1], at);
  return copy;
}

export const netRequest = (action: 'connect' | 'listen', { name, ip }: Endpoint): Request => ({
  action: `net.${action}`,
  resource: { type: 'Endpoint', id: name },
  context: { protocol: 'tcp', address: { __extn: { fn: 'ip', arg: ip } } },
});
