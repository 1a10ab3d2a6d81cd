// Owns: values as Cedar writes them, in policies and in JSON.

import { type Entity, type Extension, type Value } from '../reference/value.ts';

/** Cedar knows few escapes by name; any character may be written by its number. */
export const quote = (text: string): string =>
  `"${text.replace(/[^ !#-[\]-~\u0080-\u{10ffff}]/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`)}"`;

export const entityText = ({ type, id }: Entity): string => `${type}::${quote(id)}`;

function ipText(address: bigint, bits: number): string {
  const [groups, size, radix] = bits === 32 ? [4, 8, 10] : [8, 16, 16];
  const parts = Array.from(
    { length: groups },
    (_, index) => (address >> BigInt(bits - size * (index + 1))) % 2n ** BigInt(size),
  );
  return parts.map((part) => part.toString(radix)).join(bits === 32 ? '.' : ':');
}

/** The constructor and its text. Datetimes: years 1–9999 only. */
function constructorOf(value: Extension): { fn: string; arg: string } {
  switch (value.kind) {
    case 'decimal': {
      const digits = (value.units < 0n ? -value.units : value.units).toString().padStart(5, '0');
      return { fn: 'decimal', arg: `${value.units < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}` };
    }
    case 'datetime':
      return { fn: 'datetime', arg: new Date(Number(value.ms)).toISOString() };
    case 'duration':
      return { fn: 'duration', arg: `${value.ms}ms` };
    case 'ipaddr':
      return { fn: 'ip', arg: `${ipText(value.address, value.bits)}/${value.prefix}` };
  }
}

export function valueText(value: Value): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  if (value instanceof Map)
    return `{${[...value].map(([name, item]) => `${quote(name)}: ${valueText(item)}`).join(', ')}}`;
  if (value.kind === 'entity') return entityText(value);
  const { fn, arg } = constructorOf(value);
  return `${fn}(${quote(arg)})`;
}

/** Cedar's JSON, integers as numbers: for values whose integers are safe. */
export function valueJson(value: Value): unknown {
  if (typeof value === 'bigint') {
    if (!Number.isSafeInteger(Number(value))) throw new RangeError(`${value} would be rounded`);
    return Number(value);
  }
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(valueJson);
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, item]) => [name, valueJson(item)]));
  if (value.kind === 'entity') return { ['__entity']: { type: value.type, id: value.id } };
  return { ['__extn']: constructorOf(value) };
}
