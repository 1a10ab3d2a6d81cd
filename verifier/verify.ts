// Verifies a log: reads its files, frames records, checks them against the chain and the blobs they name. SPEC §9.4.
import { sha256 } from '@noble/hashes/sha2.js';
import { Chain } from './chain.ts';
import type { Finding } from './chain.ts';
import { frameRecord } from './frame.ts';
import { toHex } from './keys.ts';
import { openLog } from './log-files.ts';
import type { LogFiles } from './log-files.ts';
import type { Body, Header } from './payload.ts';
import type { Status, VerifyReport } from './report.ts';

const SEED_BYTES = 32;

/** Told of each record that passed, in order. */
export type Visit = (body: Body, seq: number) => Promise<void> | void;

/**
 * Checks the log in `directory`.
 * `seed`: the 32 bytes of SPEC §9.2; without it nothing is authenticated.
 * Rejects only if the log cannot be read (`OperatingError`) or a seed is of another length (`RangeError`).
 */
export async function verifyLog(directory: string, options: { seed?: Uint8Array }): Promise<VerifyReport> {
  return verifyFiles(openLog(directory), options.seed, () => undefined);
}

/** As `verifyLog`, of a log that lies anywhere, with each record that passed given to `visit`. */
export async function verifyFiles(files: LogFiles, seed: Uint8Array | undefined, visit: Visit): Promise<VerifyReport> {
  if (seed && seed.length !== SEED_BYTES) throw new RangeError(`a seed is ${SEED_BYTES} bytes`);
  const chain = new Chain(seed);
  const missing: string[] = [];
  const located = (await readSegments(files, chain, visit)) ?? (await checkBlobs(files, chain.header, missing));
  const authenticated = seed !== undefined && located === undefined;
  const report: VerifyReport = {
    status: located?.status ?? status(missing, authenticated, chain.sealed),
    records: chain.seq,
    verdicts: chain.verdicts,
    authenticated,
    sealed: chain.sealed,
    missing,
  };
  if (chain.header) report.origin = chain.header.origin;
  if (located) {
    const { file, offset, expected, found } = located;
    report.fault = { seq: located.seq ?? chain.seq, file, offset, expected, found };
  }
  return report;
}

function status(missing: string[], authenticated: boolean, sealed: boolean): Status {
  if (missing.length > 0) return 'not-replayed';
  if (!authenticated) return 'unauthenticated';
  return sealed ? 'authenticated' : 'unsealed';
}

type Located = Finding & { file: string; seq?: number };

async function readSegments(files: LogFiles, chain: Chain, visit: Visit): Promise<Located | undefined> {
  const segments = await files.segments();
  for (const [index, { name, isFile }] of segments.entries()) {
    const refuse = (finding: Finding): Located => ({ ...finding, file: name });
    const at = (kind: Finding['status'], expected: string, found: string) =>
      refuse({ status: kind, offset: 0, expected, found });
    if (!/^\d{8}\.cborseq$/.test(name)) return at('malformed', 'a segment name of 8 digits', JSON.stringify(name));
    if (!isFile) return at('malformed', 'a regular file', 'something else');
    const wanted = segmentName(index);
    if (name !== wanted) return at('tampered', `segment ${wanted} first`, name);
    if (index > 0 && chain.segmentIsEmpty) {
      return { status: 'malformed', file: segmentName(index - 1), offset: 0, expected: 'a header', found: 'the end' };
    }
    const finding = chain.segment() ?? (await readRecords(files.chunks(name), chain, visit));
    if (finding) return refuse(finding);
  }
  if (chain.seq > 0) return undefined;
  return { status: 'malformed', file: segmentName(0), offset: 0, expected: 'a header', found: 'no record' };
}

function segmentName(index: number): string {
  return `${String(index).padStart(8, '0')}.cborseq`;
}

// Holds one chunk and at most the record that it cuts.
async function readRecords(
  chunks: AsyncIterable<Uint8Array>,
  chain: Chain,
  visit: Visit,
): Promise<Finding | undefined> {
  let rest = new Uint8Array(0);
  let restOffset = 0;
  const inFile = (finding: Finding): Finding => ({ ...finding, offset: restOffset + finding.offset });
  for await (const chunk of chunks) {
    const bytes = new Uint8Array(rest.length + chunk.length);
    bytes.set(rest);
    bytes.set(chunk, rest.length);
    let start = 0;
    while (start < bytes.length) {
      const frame = frameRecord(bytes, start);
      if (frame === 'incomplete') break;
      if ('expected' in frame) return inFile({ status: 'malformed', ...frame });
      const seq = chain.seq;
      const body = chain.record(bytes, frame);
      if ('expected' in body) return inFile(body);
      const visited = visit(body, seq);
      if (visited) await visited;
      start = frame.end;
    }
    rest = bytes.subarray(start);
    restOffset += start;
  }
  if (rest.length === 0) return undefined;
  return inFile({
    status: 'malformed',
    offset: 0,
    expected: 'a whole record',
    found: `its first ${rest.length} bytes`,
  });
}

async function checkBlobs(
  files: LogFiles,
  header: Header | undefined,
  missing: string[],
): Promise<Located | undefined> {
  if (!header) return undefined;
  const present = await files.blobs();
  const named = [header.engine, header.program, ...header.layers, ...header.sources].map(toHex);
  for (const name of new Set(named)) {
    if (!present.has(name)) {
      missing.push(name);
      continue;
    }
    const hash = sha256.create();
    for await (const chunk of files.chunks(`blobs/${name}`)) hash.update(chunk);
    const found = toHex(hash.digest());
    if (found !== name) {
      return { status: 'tampered', file: `blobs/${name}`, offset: 0, seq: 0, expected: `SHA-256 ${name}`, found };
    }
  }
  return undefined;
}
