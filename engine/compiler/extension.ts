// The texts of Cedar's extension values, parsed exactly as Cedar 4.5 does: what it refuses is refused here.
// Used for constants of a policy and for `__extn` values of a request.

import type { Value } from './value.ts';

const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;

/** Cedar refuses longer texts of an IP before it looks at them. */
const IP_CHARACTERS_MAX = 43;

const UNIT_MS = [86_400_000n, 3_600_000n, 60_000n, 1_000n, 1n];

const PARSERS: Record<string, (text: string) => Value | undefined> = {
  decimal: parseDecimal,
  datetime: parseDatetime,
  duration: parseDuration,
  ip: parseIp,
};

/** The value of `name("text")`; undefined if Cedar refuses the text or `name` is no constructor. */
export function parseExtension(name: string, text: string): Value | undefined {
  return Object.hasOwn(PARSERS, name) ? PARSERS[name]!(text) : undefined;
}

function parseDecimal(text: string): Value | undefined {
  const match = /^(-?)([0-9]+)\.([0-9]{1,4})$/.exec(text);
  if (!match) return undefined;
  const [, sign, whole, fraction] = match;
  const magnitude = BigInt(whole! + fraction!.padEnd(4, '0'));
  const decimal = asLong(sign === '-' ? -magnitude : magnitude);
  return decimal === undefined ? undefined : { decimal };
}

const DATETIME =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{3}))?(?:Z|([+-])([0-9]{2})([0-9]{2})))?$/;

function parseDatetime(text: string): Value | undefined {
  const match = DATETIME.exec(text);
  if (!match) return undefined;
  const sign = match[8];
  const [, year, month, day, hour, minute, second, ms, , offsetHour, offsetMinute] = match.map((part) =>
    Number(part ?? 0),
  );
  const leap = year! % 4 === 0 && (year! % 100 !== 0 || year! % 400 === 0);
  const monthDays = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  if (day! < 1 || day! > (monthDays[month! - 1] ?? 0)) return undefined;
  if (hour! > 23 || minute! > 59 || second! > 59 || offsetHour! > 23 || offsetMinute! > 59) return undefined;
  // setUTCFullYear, because Date.UTC takes the years 0–99 for 1900–1999.
  const days = new Date(0).setUTCFullYear(year!, month! - 1, day!);
  const time = ((hour! * 60 + minute!) * 60 + second!) * 1000 + ms!;
  const offset = (offsetHour! * 60 + offsetMinute!) * 60_000 * (sign === '-' ? -1 : 1);
  return { datetime: BigInt(days + time - offset) };
}

function parseDuration(text: string): Value | undefined {
  const match = /^(-?)(?=[0-9])(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m(?!s))?(?:([0-9]+)s)?(?:([0-9]+)ms)?$/.exec(
    text,
  );
  if (!match) return undefined;
  const magnitude = UNIT_MS.reduce((total, unit, i) => total + BigInt(match[i + 2] ?? 0) * unit, 0n);
  const duration = asLong(match[1] === '-' ? -magnitude : magnitude);
  return duration === undefined ? undefined : { duration };
}

function parseIp(text: string): Value | undefined {
  if (text.length > IP_CHARACTERS_MAX) return undefined;
  const [, host, prefixText] = /^([^/]*)(?:\/(0|[1-9][0-9]{0,2}))?$/.exec(text) ?? [];
  if (host === undefined) return undefined;
  const address = host.includes(':') ? parseIpv6(host) : parseIpv4(host);
  if (!address) return undefined;
  const bits = address.length * 8;
  const prefix = prefixText === undefined ? bits : Number(prefixText);
  return prefix > bits ? undefined : { ipaddr: Uint8Array.of(...address, prefix) };
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.');
  const bytes = parts.map(Number);
  const valid = parts.length === 4 && parts.every((part, i) => /^(0|[1-9][0-9]{0,2})$/.test(part) && bytes[i]! <= 255);
  return valid ? bytes : undefined;
}

/** No dotted tail; `::` stands for at least one group. */
function parseIpv6(text: string): number[] | undefined {
  const [head = '', tail, extra] = text.split('::');
  if (extra !== undefined) return undefined;
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = 8 - front.length - back.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...front, ...Array<string>(missing).fill('0'), ...back];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff]);
}

function asLong(value: bigint): bigint | undefined {
  return value >= LONG_MIN && value <= LONG_MAX ? value : undefined;
}
