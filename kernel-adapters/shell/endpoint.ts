// Owns: endpoints (SPEC §4) from URLs and host names as command lines write them.
// Trusts: the platform's WHATWG URL parser for every spelling of a host (case, IDNA, octal and hexadecimal IPv4).

const PORTS: Record<string, number> = { http: 80, https: 443, ws: 80, wss: 443, ftp: 21, ftps: 990, ssh: 22, sftp: 22 };
Object.assign(PORTS, { scp: 22, 'git+ssh': 22, git: 9418, telnet: 23, ldap: 389, smtp: 25, imap: 143, rsync: 873 });

export interface Address {
  /** `HOST:PORT` */
  endpoint: string;
  /** The address, if the host is one. */
  ip: string | undefined;
}

export interface Location {
  /** Lower case, without the colon. */
  scheme: string;
  address: Address;
  path: string;
}

/** IPv4-mapped IPv6 is the IPv4 address it maps: the same machine must not have two names. */
function unmapped(hostname: string): string {
  const mapped = /^\[::ffff:([\da-f]{1,4}):([\da-f]{1,4})\]$/.exec(hostname);
  if (mapped === null) return hostname;
  return mapped
    .slice(1)
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 255])
    .join('.');
}

/** The endpoint of a host name or address written alone, or `undefined` if it is none. */
export function addressOf(host: string, port: number): Address | undefined {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) return undefined;
  const bracketed = /^[\da-fA-F:.]*:[\da-fA-F:.]*$/.test(host) ? `[${host}]` : host;
  if (/[/?#@\\\s]/.test(host) || !URL.canParse(`http://${bracketed}`)) return undefined;
  const url = new URL(`http://${bracketed}`);
  if (url.port !== '' || url.hostname === '') return undefined;
  const hostname = unmapped(url.hostname).replace(/\.$/, '');
  const ip = /^[\d.]+$|^\[/.test(hostname) ? hostname.replace(/^\[|\]$/g, '') : undefined;
  return { endpoint: `${hostname}:${port}`, ip };
}

/** Where a URL leads, or `undefined` if that cannot be told: no URL, no host, no known port. */
export function locationOf(text: string): Location | undefined {
  // WHATWG drops blanks and takes `\\` for `/`; the programs that are given the URL do not.
  if (/[\s\\]/.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const scheme = url.protocol.slice(0, -1);
  const port = url.port === '' ? PORTS[scheme] : Number(url.port);
  const address = port === undefined ? undefined : addressOf(url.hostname, port);
  return address && { scheme, address, path: url.pathname };
}
