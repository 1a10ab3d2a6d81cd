// Owns: Cedar's values as plain JavaScript, and when two of them are equal. Excludes: their bytes (cbor.ts).

export interface Entity {
  kind: 'entity';
  type: string;
  id: string;
}
/** `units`: value × 10^4. */
export interface Decimal {
  kind: 'decimal';
  units: bigint;
}
/** `ms`: since 1970-01-01T00:00:00Z. */
export interface Datetime {
  kind: 'datetime';
  ms: bigint;
}
export interface Duration {
  kind: 'duration';
  ms: bigint;
}
/** `bits`: 32 or 128; `address`: the address as an unsigned number of that many bits. */
export interface IpAddr {
  kind: 'ipaddr';
  bits: 32 | 128;
  address: bigint;
  prefix: number;
}
export type Extension = Decimal | Datetime | Duration | IpAddr;
export type RecordValue = Map<string, Value>;
/** A set is an array; its order and repetitions mean nothing (see `identity`). */
export type Value = boolean | bigint | string | Value[] | RecordValue | Entity | Extension;

/** A text that is the same for two values exactly if Cedar calls them equal. */
export function identity(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${[...new Set(value.map(identity))].toSorted().join()}]`;
  if (value instanceof Map) {
    const attributes = [...value].map(([name, attribute]) => `${JSON.stringify(name)}:${identity(attribute)}`);
    return `{${attributes.toSorted().join()}}`;
  }
  switch (value.kind) {
    case 'entity':
      return `entity(${JSON.stringify(value.type)},${JSON.stringify(value.id)})`;
    case 'decimal':
      return `decimal(${value.units})`;
    case 'datetime':
    case 'duration':
      return `${value.kind}(${value.ms})`;
    case 'ipaddr':
      return `ipaddr(${value.bits},${value.address},${value.prefix})`;
  }
}

export const equal = (left: Value, right: Value): boolean => identity(left) === identity(right);

export const entity = (type: string, id: string): Entity => ({ kind: 'entity', type, id });

export const LONG_MIN = -(2n ** 63n);
export const LONG_MAX = 2n ** 63n - 1n;
export const isLong = (value: bigint): boolean => LONG_MIN <= value && value <= LONG_MAX;
