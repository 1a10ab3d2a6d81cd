// Owns: the verification of all logs of a host: SPEC §9.9. Of each log it keeps a few numbers.
// Trusts: the seed, and a trust set given from outside.
import { join } from 'node:path';
import type { Issuers } from './grants/issuers.ts';
import { entriesOf, openLog } from './log-files.ts';
import { keyId, logKey } from './log/keys.ts';
import { firstHeader } from './log/plan.ts';
import { inParallel } from './log/runner.ts';
import { TOMBSTONE_BYTES_MAX, checkTombstone, headerOf, parseTombstone } from './log/tombstone.ts';
import type { Tombstone } from './log/tombstone.ts';
import { OperatingError } from './operating-error.ts';
import { same } from './record/bytes.ts';
import type { Header } from './record/payload.ts';
import { EXIT_CODES } from './report.ts';
import type { HostReport, LogOfHost, Status } from './report.ts';
import { hostHasher } from './sha256/host.ts';
import type { Hasher } from './sha256/hasher.ts';
import { verifyFiles } from './verify.ts';

const SEED_BYTES = 32;
// Room for the longest record, the first of a log.
const HEAD_BYTES = 1 << 16;
const GRAVEST_FIRST = Object.keys(EXIT_CODES) as Status[];
const GRAVER_THAN_FAILED: Status[] = ['malformed', 'tampered'];
const FAILED = 1;

export interface HostAnchors {
  seed: Uint8Array;
  issuers?: Issuers | undefined;
}

/**
 * Checks every log and tombstone in `directory` in the order of their log numbers, and gives each to `tell` as soon as
 * it is checked. Rejects if there is none, or the directory cannot be read (`OperatingError`), or if the seed is of
 * another length (`RangeError`).
 */
export async function verifyHost(
  directory: string,
  anchors: HostAnchors,
  tell: (log: LogOfHost) => void | Promise<unknown>,
): Promise<HostReport> {
  if (anchors.seed.length !== SEED_BYTES) throw new RangeError(`a seed is ${SEED_BYTES} bytes`);
  const { found, others } = await list(directory, anchors.seed);
  const hasher = await hostHasher();
  const numbers = new Numbers();
  const seen = new Set<Status>();
  const counts = { logs: 0, tombstones: 0, failed: 0 };
  for (const one of found) {
    const checked = one.isTombstone
      ? await checkPruned(directory, one, anchors.seed)
      : await checkLog(join(directory, one.name), one, anchors, hasher);
    if (!checked) {
      others.push(one.name);
      continue;
    }
    counts[one.isTombstone ? 'tombstones' : 'logs']++;
    if (checked.status === 'failed') counts.failed++;
    else seen.add(checked.status);
    await tell(numbers.place(checked, one.logNumber));
  }
  if (counts.logs + counts.tombstones === 0) {
    throw new OperatingError('no-log', 'the directory holds no logs', 'give the directory in which the logs lie');
  }
  const { missing, repeated } = numbers;
  if (missing.length > 0) seen.add('incomplete');
  const status = GRAVEST_FIRST.find((each) => seen.has(each)) ?? 'authenticated';
  return { status, ...counts, missing, repeated, others: others.toSorted() };
}

/** The exit code of a report: that of its status, unless a log could not be read and nothing graver was found. */
export function exitCodeOf({ status, failed }: HostReport): number {
  return failed > 0 && !GRAVER_THAN_FAILED.includes(status) ? FAILED : EXIT_CODES[status];
}

interface Found {
  name: string;
  isTombstone: boolean;
  /** As its first record says, if that is under the seed. */
  logNumber: number | undefined;
}

/** What lies in the directory, in the order in which it is checked. */
async function list(directory: string, seed: Uint8Array): Promise<{ found: Found[]; others: string[] }> {
  const claims: (Omit<Found, 'logNumber'> & { claimed: number; keyId: Uint8Array | undefined })[] = [];
  const others: string[] = [];
  for (const { name, kind } of await entriesOf(directory)) {
    const tombstone = kind === 'file' ? await readTombstone(directory, name) : undefined;
    if (kind !== 'directory' && !tombstone) {
      others.push(name);
      continue;
    }
    const header = tombstone ? headerOf(tombstone) : await readHeader(join(directory, name));
    const claimed = header?.logNumber ?? Infinity;
    claims.push({ name, isTombstone: tombstone !== undefined, claimed, keyId: header?.keyId });
  }
  // Ascending, so that the keys of a host are walked through once.
  claims.sort((a, b) => (a.claimed === b.claimed ? 0 : a.claimed - b.claimed));
  const found = claims.map(({ name, isTombstone, claimed, keyId: id }): Found => {
    const isOurs = id !== undefined && same(id, keyId(logKey(seed, claimed)));
    return { name, isTombstone, logNumber: isOurs ? claimed : undefined };
  });
  const order = ({ logNumber }: Found) => logNumber ?? Infinity;
  found.sort((a, b) => (order(a) === order(b) ? (a.name < b.name ? -1 : 1) : order(a) - order(b)));
  return { found, others };
}

async function readTombstone(directory: string, name: string): Promise<Tombstone | undefined> {
  const bytes = await openLog(directory).whole(name, TOMBSTONE_BYTES_MAX);
  return bytes && parseTombstone(bytes);
}

async function readHeader(log: string): Promise<Header | undefined> {
  const files = openLog(log);
  try {
    const [first] = await files.segments();
    if (first === undefined || !(await files.isFile(first))) return undefined;
    return firstHeader((await files.ends(first, HEAD_BYTES, 0)).head);
  } catch (error) {
    // The check of that log says so.
    if (error instanceof OperatingError) return undefined;
    throw error;
  }
}

const NOTHING = { records: 0, authenticated: 0, checkpointed: 0, sealed: false, erased: 0, missing: 0, unchecked: 0 };

/** Undefined if the directory holds no log. */
async function checkLog(
  path: string,
  { name, logNumber }: Found,
  { seed, issuers }: HostAnchors,
  hasher: Hasher,
): Promise<LogOfHost | undefined> {
  const known = { name, isTombstone: false, ...(logNumber !== undefined && { logNumber }) };
  try {
    const report = await verifyFiles(openLog(path), { seed, ...(issuers && { issuers }) }, inParallel(path, hasher));
    const { status, records, authenticated, checkpointed, sealed, erased } = report;
    return {
      ...known,
      status,
      records,
      authenticated,
      checkpointed,
      sealed,
      erased,
      missing: report.missing.length,
      unchecked: report.unchecked.length,
      ...(report.logNumber !== undefined && { logNumber: report.logNumber, origin: report.origin! }),
      ...(report.firstMs !== undefined && { firstMs: report.firstMs, lastMs: report.lastMs! }),
      ...(report.dropped !== undefined && { dropped: report.dropped }),
      ...(report.fault && { fault: report.fault }),
    };
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    if (error.code === 'no-log') return undefined;
    const { code, message, hint } = error;
    return { ...known, ...NOTHING, status: 'failed', error: { code, message, hint } };
  }
}

/** Undefined if the file is no tombstone any more. */
async function checkPruned(directory: string, { name }: Found, seed: Uint8Array): Promise<LogOfHost | undefined> {
  const tombstone = await readTombstone(directory, name);
  if (!tombstone) return undefined;
  const { header, close, finding } = checkTombstone(tombstone, seed);
  const log = {
    ...NOTHING,
    name,
    isTombstone: true,
    ...(header && { logNumber: header.logNumber, origin: header.origin, firstMs: Number(header.timeMs) }),
    ...(close && { lastMs: Number(close.timeMs), records: close.records + 1 }),
  };
  if (!finding) return { ...log, status: 'authenticated', authenticated: log.records, sealed: true };
  const { status, offset, expected, found } = finding;
  return { ...log, status, fault: { file: name, offset, expected, found } };
}

/** Which numbers have no log, and how long each log begins after the end of the one before. */
class Numbers {
  /** The first and the last of numbers that follow each other. */
  readonly missing: [first: number, last: number][] = [];
  readonly repeated: number[] = [];
  #next = 0;
  #endMs: number | undefined;

  /** Logs come in the order of their numbers, then those that have none. */
  place(log: LogOfHost, number: number | undefined): LogOfHost {
    if (number === undefined) return log;
    if (number > this.#next) this.missing.push([this.#next, number - 1]);
    if (number < this.#next && this.repeated.at(-1) !== number) this.repeated.push(number);
    this.#next = number + 1;
    const { firstMs, lastMs } = log;
    const endMs = this.#endMs;
    this.#endMs = lastMs ?? endMs;
    return endMs === undefined || firstMs === undefined ? log : { ...log, sinceMs: firstMs - endMs };
  }
}
