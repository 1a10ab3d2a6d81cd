// Usage: node test/fuzz/verifier.ts --tries N --seed S
// The verifier under mutants of a log that has every type of record. A payload's bytes, a node of its CBOR, or the
// order of records is changed, and then all is authenticated again: previous tags, trees, tags and checkpoint are
// right, so that a mutant reaches the checks behind them. Each must be given a status, the same however its bytes are
// read. Stops at the first violation, naming its try.

import { parseArgs } from 'node:util';
import { Decoder } from 'cbor-x/decode';
import { EXIT_CODES } from '../../verifier/index.ts';
import type { VerifyReport } from '../../verifier/index.ts';
import { LOG_NUMBER, ORIGIN, SEED, checkpoint } from '../vectors/log/parts.ts';
import { LogWriter, encode, rootOf } from '../vectors/log/write.ts';
import type { Item } from '../vectors/log/write.ts';
import { generator } from '../verifier/generator.ts';
import { verifyInMemory } from '../verifier/log-directory.ts';
import { BY_SEED, FILES, RECORDS } from '../verifier/sample-log.ts';

type Random = ReturnType<typeof generator>;

const decoder = new Decoder({ mapsAsObjects: false, useRecords: false });
const BESIDE = Object.fromEntries(Object.entries(FILES).filter(([name]) => /^(?:blobs|disclosures)\//.test(name)));
const HEADER = 0;
const EPOCH_END = 6;
/** One try in so many is read in small chunks too. */
const CHUNKED = 16;
const NUMBERS = [
  0,
  1,
  -1,
  23,
  24,
  255,
  65_536,
  2 ** 32,
  2 ** 53 - 1,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
  -(2n ** 63n),
];

function payloadOf(record: Buffer): Buffer {
  const head = record[11] === 0x59 ? 3 : record[11] === 0x58 ? 2 : 1;
  return record.subarray(11 + head, -34);
}

const PAYLOADS = RECORDS.map(payloadOf);

function decoded(bytes: Uint8Array): Item | undefined {
  try {
    return decoder.decode(bytes) as Item;
  } catch {
    return undefined;
  }
}

/** The bytes of the item; the others if it holds what is no item, as bytes that are no such CBOR may decode to. */
function encoded(item: Item, others: Uint8Array): Buffer {
  try {
    return encode(item);
  } catch {
    return Buffer.from(others);
  }
}

function replaced(item: Item, random: Random): Item {
  if (random(8) === 0) return [null, true, '', 0, [], new Map<Item, Item>(), Buffer.alloc(random(40))][random(7)]!;
  if (typeof item === 'number' || typeof item === 'bigint') {
    return random(2) === 0 ? NUMBERS[random(NUMBERS.length)]! : BigInt(item) + BigInt(random(5) - 2);
  }
  if (typeof item === 'boolean') return !item;
  if (typeof item === 'string') {
    return [`${item}x`, item.slice(1), `${item.slice(0, -1)}\n`, item.toUpperCase(), 'x'.repeat(random(5000))][
      random(5)
    ]!;
  }
  if (!(item instanceof Uint8Array)) return random(2) === 0 ? null : 0;
  const bytes = Buffer.from(item);
  if (bytes.length === 0 || random(4) === 0) return Buffer.alloc(random(70), random(256));
  if (random(4) === 0) return bytes.subarray(0, random(bytes.length));
  bytes[random(bytes.length)]! ^= 1 << random(8);
  return bytes;
}

function changedList(items: Item[], random: Random): Item[] {
  const [at, copy] = [random(items.length), [...items]];
  const action = random(8);
  if (action === 0) copy.splice(at, 1);
  else if (action === 1) copy.splice(at, 0, copy[at]!);
  else if (action === 2) copy.push(copy.splice(at, 1)[0]!);
  else copy[at] = changed(copy[at]!, random);
  return copy;
}

function changedMap(map: Map<Item, Item>, random: Random): Map<Item, Item> {
  const entries = [...map];
  const at = random(entries.length);
  const action = random(10);
  if (action === 0) entries.splice(at, 1);
  else if (action === 1) entries.push([random(20), changed(entries[at]![1], random)]);
  else if (action === 2) entries[at] = [replaced(entries[at]![0], random), entries[at]![1]];
  else entries[at] = [entries[at]![0], changed(entries[at]![1], random)];
  return new Map(entries);
}

/** The item with one node of it, or of the CBOR in its byte strings, changed. */
function changed(item: Item, random: Random): Item {
  if (random(6) === 0) return replaced(item, random);
  if (Array.isArray(item) && item.length > 0) return changedList(item, random);
  if (item instanceof Map && item.size > 0) return changedMap(item, random);
  if (item instanceof Uint8Array && item.length > 32) {
    const inner = decoded(item);
    if (inner instanceof Map || Array.isArray(inner)) return encoded(changed(inner, random), item);
  }
  return replaced(item, random);
}

function changedBytes(payload: Buffer, random: Random): Buffer {
  const at = random(payload.length);
  const action = random(4);
  if (action === 0) return Buffer.concat([payload.subarray(0, at), payload.subarray(at + 1)]);
  if (action === 1) return Buffer.concat([payload.subarray(0, at), Buffer.of(random(256)), payload.subarray(at)]);
  const copy = Buffer.from(payload);
  copy[at]! ^= 1 << random(8);
  return copy;
}

/** The payloads of a mutant, in its order. */
function mutant(random: Random): Buffer[] {
  const payloads = [...PAYLOADS];
  const at = random(payloads.length);
  const kind = random(10);
  if (kind === 0) {
    const action = random(3);
    const other = random(payloads.length);
    if (action === 0) payloads.splice(at, 1);
    else if (action === 1) payloads.splice(other, 0, payloads[at]!);
    else [payloads[at], payloads[other]] = [payloads[other]!, payloads[at]!];
    if (random(3) > 0) return payloads.map((payload, seq) => numbered(payload, seq));
  } else if (kind <= 3) {
    payloads[at] = changedBytes(payloads[at]!, random);
  } else {
    payloads[at] = encode(changed(decoded(payloads[at]!)!, random));
    // Two changes may undo each other for one check and not for the next.
    if (kind >= 8) payloads[random(payloads.length)] = encode(changed(decoded(PAYLOADS[at]!)!, random));
  }
  return payloads;
}

function numbered(payload: Buffer, seq: number): Buffer {
  const parts = decoded(payload) as Item[];
  return encoded(parts.with(1, seq), payload);
}

// One writer for all mutants, since to derive keys takes long.
const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
/** Of each record of the log, the epoch that a record after it is in. */
const EPOCHS = PAYLOADS.map(
  (_, seq) => PAYLOADS.slice(0, seq + 1).filter((payload) => payload[1] === EPOCH_END).length,
);

/** The files of a log of these payloads, with tags, trees and checkpoint right. */
function sealed(payloads: Buffer[]): Record<string, Buffer> {
  const starts: number[] = [0];
  const same = payloads.findIndex((payload, seq) => payload !== PAYLOADS[seq]);
  const kept = same < 0 ? payloads.length : same;
  log.after(RECORDS.slice(0, kept), EPOCHS[kept - 1] ?? 0);
  for (const [index, payload] of payloads.entries()) {
    const isHeader = payload[1] === HEADER && index > 0;
    if (isHeader) starts.push(index);
    if (index < kept) continue;
    const parts = isHeader ? decoded(payload) : undefined;
    const body = Array.isArray(parts) ? parts[3] : undefined;
    if (body instanceof Map) {
      const place = new Map([...body, [4, log.previous], [5, [index, rootOf(log.records)]]] as [Item, Item][]);
      log.payload(encoded((parts as Item[]).with(3, place), payload));
    } else {
      log.payload(payload);
    }
    if (payload[1] === EPOCH_END) log.epoch++;
  }
  const segments = starts.map((start, i) => Buffer.concat(log.records.slice(start, starts[i + 1])));
  const named = segments.map((bytes, i) => [`0000000${i}.cborseq`, bytes] as const);
  return { ...BESIDE, ...Object.fromEntries(named), checkpoint: checkpoint(log.records) };
}

function verdict({ status, records, fault }: VerifyReport): string {
  return `${status}, ${records} records, ${fault ? `${fault.file} at ${fault.offset}: ${fault.found}` : ''}`;
}

/** How many mutants had each status. Throws at the first that has none, or two. */
export async function fuzzVerifier(seed: number, tries: number): Promise<Record<string, number>> {
  const random = generator(seed);
  const counts: Record<string, number> = {};
  for (let i = 0; i < tries; i++) {
    const files = sealed(mutant(random));
    const place = `try ${i} of seed ${seed}`;
    let report: VerifyReport;
    try {
      report = await verifyInMemory(files, BY_SEED);
    } catch (cause) {
      throw new Error(`${place}: the verifier failed`, { cause });
    }
    if (!(report.status in EXIT_CODES)) throw new Error(`${place}: ${report.status} is no status`);
    counts[report.status] = (counts[report.status] ?? 0) + 1;
    if (i % CHUNKED > 0) continue;
    const again = await verifyInMemory(files, BY_SEED, { chunkBytes: 1 + random(100) });
    if (verdict(again) !== verdict(report)) throw new Error(`${place}: ${verdict(report)}, then ${verdict(again)}`);
  }
  return counts;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { tries: { type: 'string' }, seed: { type: 'string' } } });
  const [tries, seed] = [Number(values.tries), Number(values.seed)];
  if (!Number.isSafeInteger(tries) || !Number.isSafeInteger(seed)) {
    throw new RangeError('usage: node test/fuzz/verifier.ts --tries N --seed S');
  }
  console.log(`tries ${tries} seed ${seed}: no violation`, await fuzzVerifier(seed, tries));
}
