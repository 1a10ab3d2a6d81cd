// Owns: what verifying a log takes (syntax, chain and tree), in one thread and in all, beside plain SHA-256 by OpenSSL
// in the same run; and what replaying one takes, beside verifying it.
// Call: node bench/verify/main.ts [DECISIONS]. Makes a log of that many decision records, and removes it; one to replay
// has at most 200,000.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, readdirSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseVkeyFile, replayLog, verifyLog } from '../../verifier/index.ts';
import type { ReplayReport, VerifyReport } from '../../verifier/index.ts';
import { openLog } from '../../verifier/log-files.ts';
import { inOrder } from '../../verifier/log/runner.ts';
import { hostHasher } from '../../verifier/sha256/host.ts';
import { createHasher } from '../../verifier/sha256/hasher.ts';
import type { Hasher } from '../../verifier/sha256/hasher.ts';
import { verifyFiles } from '../../verifier/verify.ts';
import { SEED, VKEY, makeLog } from './make-log.ts';
import { writeSessionLog } from './session-log.ts';

const ROUNDS = 5;
const DECISIONS = 300_000;
// What ARCHITECTURE's figure says, on an idle machine.
const TARGET_PER_SECOND = 300_000;
const REPLAYED_MAX = 200_000;
const REPLAY_TARGET_PER_SECOND = 200_000;
const RECORD_TIMEOUT_MS = 10_000;

const decisions = Number(process.argv[2] ?? DECISIONS);
const parent = mkdtempSync(join(tmpdir(), 'plumbline-bench-'));
const directory = join(parent, 'log');

/** SHA-256 by OpenSSL over 16 KiB blocks, in bytes per second; undefined without it. */
function opensslBytesPerSecond(): number | undefined {
  const args = ['speed', '-seconds', '2', '-bytes', '16384', '-evp', 'sha256'];
  const { status, stdout } = spawnSync('openssl', args, { encoding: 'utf8' });
  // The last line of its table: the name, then thousands of bytes per second.
  const [, thousands] = status === 0 ? (/^sha256\s+([\d.]+)k/im.exec(stdout) ?? []) : [];
  return thousands === undefined ? undefined : Number(thousands) * 1000;
}

async function measure(verify: () => Promise<VerifyReport | ReplayReport>, rounds: number): Promise<number> {
  const rates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    const { status, records, fault } = await verify();
    if (status !== 'authenticated') throw new Error(`the log is ${status}: ${JSON.stringify(fault)}`);
    rates.push((records * 1000) / (performance.now() - started));
  }
  return rates.toSorted((a, b) => b - a)[0]!;
}

const thousands = (count: number) => `${Math.round(count / 1000)}k`.padStart(7);
const inOne = (hasher: Hasher, anchors: Parameters<typeof verifyFiles>[1]) => {
  const files = openLog(directory);
  return verifyFiles(files, anchors, inOrder(files, hasher));
};

async function replaying(count: number): Promise<void> {
  const { directory: session, seed, trusted } = await writeSessionLog(parent, count);
  const replay = async () => {
    const report = await replayLog(session, { seed, trusted, timeoutMs: RECORD_TIMEOUT_MS });
    if (report.replayed !== count) throw new Error(`${report.replayed} of ${count} were replayed: ${report.reason}`);
    return report;
  };
  const files = openLog(session);
  const host = await hostHasher();
  const verified = await measure(() => verifyFiles(files, { seed }, inOrder(files, host)), ROUNDS);
  const replayed = await measure(replay, ROUNDS);
  console.log(`\n${count} decisions of a session, all records in one thread\n`);
  console.log(`${'records/s'.padStart(9)}  ${'of verified'.padStart(11)}`);
  console.log(`${thousands(verified).padStart(9)}  ${'1.00'.padStart(11)}  verified`);
  console.log(
    `${thousands(replayed).padStart(9)}  ${(replayed / verified).toFixed(2).padStart(11)}  verified and replayed`,
  );
  console.log(
    `\ntarget ${thousands(REPLAY_TARGET_PER_SECOND).trim()} records/s replayed in one thread on an idle machine`,
  );
}

try {
  const records = makeLog(directory, decisions);
  const names = readdirSync(directory).filter((name) => name.endsWith('.cborseq'));
  const bytes = names.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  const recordBytes = bytes / records;
  console.log(`${cpus()[0]?.model}, ${availableParallelism()} processors, load ${loadavg()[0]!.toFixed(1)}`);
  console.log(`${records} records of ${Math.round(recordBytes)} bytes in ${names.length} segments\n`);

  const vkey = parseVkeyFile(VKEY)!;
  const host = await hostHasher();
  const rows: [string, () => Promise<VerifyReport>, number][] = [
    [`one thread, seed, ${host.hashing}`, () => inOne(host, { seed: SEED }), ROUNDS],
    [`one thread, checkpoint alone, ${host.hashing}`, () => inOne(host, { vkey }), ROUNDS],
    ['one thread, seed, portable', () => inOne(createHasher('portable', undefined), { seed: SEED }), 2],
    [`${availableParallelism()} threads, seed`, () => verifyLog(directory, { seed: SEED }), ROUNDS],
  ];
  const openssl = opensslBytesPerSecond();
  const limit = openssl && openssl / recordBytes;
  console.log(`${'records/s'.padStart(9)}  ${'of OpenSSL'.padStart(10)}`);
  for (const [name, verify, rounds] of rows) {
    const rate = await measure(verify, rounds);
    const ratio = limit ? (rate / limit).toFixed(2) : 'absent';
    console.log(`${thousands(rate).padStart(9)}  ${ratio.padStart(10)}  ${name}`);
  }
  if (limit)
    console.log(`${thousands(limit).padStart(9)}  ${'1.00'.padStart(10)}  SHA-256 once over the bytes, by OpenSSL`);
  else console.log('skipped: the ratio needs openssl, which is absent');
  console.log(`\ntarget ${thousands(TARGET_PER_SECOND).trim()} records/s in one thread on an idle machine`);
  await replaying(Math.min(decisions, REPLAYED_MAX));
  console.log(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
} finally {
  rmSync(parent, { recursive: true });
}
