// Owns: Cedar's extension types: reading their text and applying their functions.
// Trusts: the arguments are values. Excludes: operators that work on several types (evaluate.ts).
// Source: docs.cedarpolicy.com, "Supported operators and functions"; RFC 80 (datetime); cedar-wasm where they are
// silent.

import { isLong, type Datetime, type Decimal, type Duration, type IpAddr, type Value } from './value.ts';

/** Evaluation cannot go on: Cedar skips the policy and reports an error. */
export class CedarError extends Error {}

const DAY_MS = 86_400_000n;

function long(value: bigint): bigint {
  if (!isLong(value)) throw new CedarError('overflow');
  return value;
}

export function decimal(text: string): Decimal {
  const match = /^(-?)(\d+)\.(\d{1,4})$/.exec(text);
  if (match === null) throw new CedarError('not a decimal');
  const [, sign, whole, fraction] = match as unknown as [string, string, string, string];
  return { kind: 'decimal', units: long(BigInt(`${sign}${BigInt(whole + fraction.padEnd(4, '0'))}`)) };
}

function ipv4(text: string): bigint | undefined {
  const octets = text.split('.');
  if (octets.length !== 4 || !octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256)) return;
  return octets.reduce((address, octet) => address * 256n + BigInt(octet), 0n);
}

function ipv6(text: string): bigint | undefined {
  const halves = text.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const [head = [], tail] = halves;
  const given = halves.flat().length;
  if (halves.length > 2 || (tail === undefined ? given !== 8 : given > 7)) return;
  const groups = [...head, ...Array<string>(8 - given).fill('0'), ...(tail ?? [])];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return;
  return groups.reduce((address, group) => address * 65_536n + BigInt(`0x${group}`), 0n);
}

export function ip(text: string): IpAddr {
  const slash = text.indexOf('/');
  const host = slash < 0 ? text : text.slice(0, slash);
  const bits = host.includes(':') ? 128 : 32;
  const address = bits === 128 ? ipv6(host) : ipv4(host);
  const prefix = slash < 0 ? String(bits) : text.slice(slash + 1);
  if (address === undefined || !/^(0|[1-9]\d{0,2})$/.test(prefix) || Number(prefix) > bits) {
    throw new CedarError('not an IP address or range');
  }
  return { kind: 'ipaddr', bits, address, prefix: Number(prefix) };
}

export function datetime(text: string): Datetime {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d{3}))?(?:Z|([+-])(\d\d)(\d\d)))?$/.exec(text);
  if (match === null) throw new CedarError('not a datetime');
  const number = (group: number) => Number(match[group] ?? 0);
  const [year, month, day] = [number(1), number(2), number(3)];
  const [hour, minute, second, ms] = [number(4), number(5), number(6), number(7)];
  const [offsetHour, offsetMinute] = [number(9), number(10)];
  // Date.UTC reads years 0-99 as 1900-1999: setUTCFullYear does not.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59) {
    throw new CedarError('no such datetime');
  }
  date.setUTCHours(hour, minute, second, ms);
  const offsetMs = (offsetHour * 60 + offsetMinute) * 60_000 * (match[8] === '-' ? -1 : 1);
  return { kind: 'datetime', ms: BigInt(date.getTime() - offsetMs) };
}

export function duration(text: string): Duration {
  const match = /^(-?)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text);
  if (match === null || !/\d/.test(text)) throw new CedarError('not a duration');
  const unitsMs = [DAY_MS, 3_600_000n, 60_000n, 1_000n, 1n];
  const total = match.slice(2).reduce((sum, digits, unit) => sum + BigInt(digits ?? 0) * unitsMs[unit]!, 0n);
  return { kind: 'duration', ms: long(match[1] === '-' ? -total : total) };
}

function string(value: Value): string {
  if (typeof value !== 'string') throw new CedarError('expected a string');
  return value;
}

function of<K extends 'decimal' | 'datetime' | 'duration' | 'ipaddr'>(kind: K, value: Value) {
  if (typeof value !== 'object' || !('kind' in value) || value.kind !== kind) throw new CedarError(`expected ${kind}`);
  return value as Extract<Decimal | Datetime | Duration | IpAddr, { kind: K }>;
}

/** First and last address of a range. */
function bounds({ address, bits, prefix }: IpAddr): [bigint, bigint] {
  const size = 2n ** BigInt(bits - prefix);
  const first = address - (address % size);
  return [first, first + size - 1n];
}

function isInRange(inner: IpAddr, outer: IpAddr): boolean {
  const [[first, last], [outerFirst, outerLast]] = [bounds(inner), bounds(outer)];
  return inner.bits === outer.bits && outerFirst <= first && last <= outerLast;
}

const floorDay = (ms: bigint): bigint => ms - (((ms % DAY_MS) + DAY_MS) % DAY_MS);

type Method = (...values: Value[]) => Value;
const compareDecimals =
  (holds: (left: bigint, right: bigint) => boolean): Method =>
  (left, right) =>
    holds(of('decimal', left!).units, of('decimal', right!).units);
const durationIn =
  (unitMs: bigint): Method =>
  (value) =>
    of('duration', value!).ms / unitMs;

/** Every extension function by its name, with the number of its arguments (a method's receiver is the first). */
const FUNCTIONS: Record<string, [arity: number, apply: Method]> = {
  decimal: [1, (text) => decimal(string(text!))],
  lessThan: [2, compareDecimals((left, right) => left < right)],
  lessThanOrEqual: [2, compareDecimals((left, right) => left <= right)],
  greaterThan: [2, compareDecimals((left, right) => left > right)],
  greaterThanOrEqual: [2, compareDecimals((left, right) => left >= right)],
  ip: [1, (text) => ip(string(text!))],
  isIpv4: [1, (value) => of('ipaddr', value!).bits === 32],
  isIpv6: [1, (value) => of('ipaddr', value!).bits === 128],
  isLoopback: [1, (value) => [ip('127.0.0.0/8'), ip('::1')].some((net) => isInRange(of('ipaddr', value!), net))],
  isMulticast: [1, (value) => [ip('224.0.0.0/4'), ip('ff00::/8')].some((net) => isInRange(of('ipaddr', value!), net))],
  isInRange: [2, (inner, outer) => isInRange(of('ipaddr', inner!), of('ipaddr', outer!))],
  datetime: [1, (text) => datetime(string(text!))],
  duration: [1, (text) => duration(string(text!))],
  offset: [2, (at, by) => ({ kind: 'datetime', ms: long(of('datetime', at!).ms + of('duration', by!).ms) })],
  durationSince: [2, (to, from) => ({ kind: 'duration', ms: long(of('datetime', to!).ms - of('datetime', from!).ms) })],
  toDate: [1, (at) => ({ kind: 'datetime', ms: long(floorDay(of('datetime', at!).ms)) })],
  toTime: [1, (at) => ({ kind: 'duration', ms: of('datetime', at!).ms - floorDay(of('datetime', at!).ms) })],
  toMilliseconds: [1, durationIn(1n)],
  toSeconds: [1, durationIn(1_000n)],
  toMinutes: [1, durationIn(60_000n)],
  toHours: [1, durationIn(3_600_000n)],
  toDays: [1, durationIn(DAY_MS)],
};

export const isExtensionFunction = (name: string): boolean => Object.hasOwn(FUNCTIONS, name);

export function callExtension(name: string, values: Value[]): Value {
  const [arity, apply] = FUNCTIONS[name]!;
  if (values.length !== arity) throw new CedarError(`${name} takes ${arity} arguments`);
  return apply(...values);
}
