// Owns: recorded requests (SPEC §3, §9.6) in the JSON form in which callers state them, for showing and exporting.
// Trusts: nothing of the bytes: what is no request is given as its hex.
// Excludes: judging. What is redacted and not disclosed is `{"__redacted": HEX}`.

import { CborReader } from './cbor-reader.ts';
import type { EntityUid } from './request.ts';

/** A value in Cedar's JSON. */
type ViewValue =
  | boolean
  | number
  | bigint
  | string
  | ViewValue[]
  | { [name: string]: ViewValue | EntityUid | { fn: string; arg: string } };

export interface RequestView {
  principal: EntityUid;
  action: EntityUid;
  resource: EntityUid;
  context: { [name: string]: ViewValue };
}

/** Bytes that are no request: as they stand, or what they were redacted to. */
export interface NoRequest {
  malformed: string;
}

/** The values that a disclosure gives, in the order of the commitments they open; each in canonical CBOR. */
export type Openings = readonly { name: string; value: Uint8Array }[];

/** The request in `bytes`; an array of those of a transaction; or what stands there instead. */
export function viewRequest(bytes: Uint8Array, openings: Openings = []): RequestView | RequestView[] | NoRequest {
  const [whole] = openings;
  if (whole?.name === '') return { malformed: new CborReader(whole.value).hex() };
  try {
    const reader = new CborReader(bytes);
    const disclosed = openings.map(({ value }) => value);
    const view = reader.atArray()
      ? Array.from({ length: reader.array() }, () => viewOne(reader, disclosed))
      : viewOne(reader, disclosed);
    reader.end();
    return view;
  } catch {
    return { malformed: Buffer.from(bytes).toString('hex') };
  }
}

function viewOne(reader: CborReader, disclosed: Uint8Array[]): RequestView {
  const fields = new Map<number, Uint8Array>();
  for (let left = reader.map(); left > 0; left--) fields.set(reader.uint(), reader.skip());
  const field = (key: number): CborReader => new CborReader(fields.get(key) ?? new Uint8Array(0));
  const context: RequestView['context'] = {};
  const attributes = field(3);
  for (let left = attributes.map(); left > 0; left--) {
    const name = attributes.text();
    const item = attributes.skip();
    const opened = isCommitment(item) ? disclosed.shift() : undefined;
    define(context, name, viewValue(new CborReader(opened ?? item)));
  }
  return { principal: viewUid(field(0)), action: viewUid(field(1)), resource: viewUid(field(2)), context };
}

const COMMITMENT_BYTES = 36;

/** `{6: bytes(32)}`, which no value is. */
const isCommitment = (item: Uint8Array): boolean =>
  item.length === COMMITMENT_BYTES && item[0] === 0xa1 && item[1] === 6;

export function viewUid(reader: CborReader): EntityUid {
  reader.map();
  reader.uint();
  const type = reader.text();
  reader.uint();
  return { type, id: reader.text() };
}

function viewValue(reader: CborReader): ViewValue {
  switch (reader.kind()) {
    case 'bool':
      return reader.bool();
    case 'int':
      return reader.int();
    case 'text':
      return reader.text();
    case 'array':
      return Array.from({ length: reader.array() }, () => viewValue(reader));
    default:
      return viewMap(reader);
  }
}

function viewMap(reader: CborReader): ViewValue {
  const size = reader.map();
  if (size > 0 && reader.kind() === 'int') return viewSpecial(reader, reader.uint());
  const record: { [name: string]: ViewValue } = {};
  for (let left = size; left > 0; left--) define(record, reader.text(), viewValue(reader));
  return record;
}

/** A name such as `__proto__` is a name like any other. */
function define(record: object, name: string, value: unknown): void {
  Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
}

/** SPEC §2: what Cedar's JSON has no form of its own for. */
function viewSpecial(reader: CborReader, key: number): ViewValue {
  switch (key) {
    case 0: {
      const type = reader.text();
      reader.uint();
      return { __entity: { type, id: reader.text() } };
    }
    case 2:
      return extension('decimal', decimalText(BigInt(reader.int())));
    case 3:
      return extension('datetime', datetimeText(BigInt(reader.int())));
    case 4:
      return extension('duration', `${reader.int()}ms`);
    case 5:
      return extension('ip', ipText(reader.bytes()));
    default:
      return { __redacted: reader.hex() };
  }
}

const extension = (fn: string, arg: string): ViewValue => ({ __extn: { fn, arg } });

function decimalText(value: bigint): string {
  const digits = String(value < 0n ? -value : value).padStart(5, '0');
  const fraction = digits.slice(-4).replace(/0{1,3}$/, '');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -4)}.${fraction}`;
}

const DATE_MS_MAX = 253_402_300_799_999n;

/** Cedar writes the years 0000 to 9999; of other times the milliseconds are given. */
const datetimeText = (ms: bigint): string =>
  ms >= -62_167_219_200_000n && ms <= DATE_MS_MAX ? new Date(Number(ms)).toISOString() : `${ms}ms`;

function ipText(bytes: Uint8Array): string {
  const address = bytes.subarray(0, -1);
  const prefix = bytes.at(-1)!;
  const groups = Array.from({ length: address.length / 2 }, (_, at) =>
    ((address[2 * at]! << 8) | address[2 * at + 1]!).toString(16),
  );
  const text = address.length === 4 ? address.join('.') : groups.join(':');
  return prefix === address.length * 8 ? text : `${text}/${prefix}`;
}
