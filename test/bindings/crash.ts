// Owns: writers killed at random moments, their logs recovered and read by hand and by the verifier.
// Call: node test/bindings/crash.ts [RUNS] [SEED]; by default 200 runs and a random seed.

import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CborReader } from '../../bindings/cbor-reader.ts';
import { DURABILITIES } from '../../bindings/log/recorder.ts';
import { recoverLog } from '../../bindings/log/recovery.ts';
import { readDisclosure } from '../../bindings/log/redaction.ts';
import { openKeys } from '../../bindings/log/writer-keys.ts';
import { runtime as node } from '../../bindings/runtime/node.ts';
import { verifyLog } from '../../verifier/index.ts';
import { checkTree, isDecision, readByHand } from './by-hand.ts';
import { inTemporary, SEED } from './setting.ts';

const SCRIPT = fileURLToPath(new URL('crash-process.ts', import.meta.url));
/** How long a writer lives at most after it has opened its log: long enough for several epochs and segments. */
const LIFE_MS_MAX = 250;

export interface CrashOutcome {
  runs: number;
  given: number;
  records: number;
  dropped: number;
  torn: number;
}

/** A sequence of numbers in 0…2^32−1 from a seed (xorshift32). */
function numbers(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Throws at the first log that is not recovered whole. */
export async function crash(runs: number, seed: number): Promise<CrashOutcome> {
  const next = numbers(seed);
  const outcome: CrashOutcome = { runs, given: 0, records: 0, dropped: 0, torn: 0 };
  for (let run = 0; run < runs; run++) {
    const durability = DURABILITIES[run % DURABILITIES.length]!;
    await inTemporary(async (parent) => {
      const log = join(parent, 'log');
      const given = await killed(log, durability, next);
      // Killed before it had opened: no log, or one without a record. Nothing was given.
      if (!existsSync(join(log, '00000000.cborseq'))) return;
      const recovered = await recover(log);
      if (recovered === undefined) {
        if (given.length > 0) throw new Error(`run ${run}: nothing was recovered`);
        return;
      }
      const entries = readByHand(log, SEED);
      if (checkTree(log, entries) !== entries.length)
        throw new Error(`run ${run}: the checkpoint does not cover the log`);
      const decisions = new Set(entries.filter(isDecision).map((entry) => entry.seq));
      const lost = given.filter((seq) => !decisions.has(seq));
      if (lost.length > 0) throw new Error(`run ${run}: ${lost.join()} were given and are not in the log`);
      const disclosed = disclosedSeqs(log);
      const missing = [...decisions].filter((seq) => !disclosed.has(seq));
      if (missing.length > 0) throw new Error(`run ${run}: ${missing.join()} are not disclosed`);
      if (disclosed.size > decisions.size) throw new Error(`run ${run}: more is disclosed than was decided`);
      const { status } = await verifyLog(log, { seed: SEED });
      if (status !== 'authenticated') throw new Error(`run ${run}: the verifier says ${status}`);
      outcome.given += given.length;
      outcome.records += recovered.records;
      outcome.dropped += recovered.droppedBytes;
      if (recovered.droppedBytes > 0) outcome.torn++;
    });
  }
  return outcome;
}

async function killed(log: string, durability: string, next: () => number): Promise<number[]> {
  const child = spawn(process.execPath, [SCRIPT, log, durability, String(next())], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  // Now and then already while it opens.
  if (next() % 20 > 0) await once(child.stdout, 'data');
  await new Promise((resolve) => setTimeout(resolve, next() % LIFE_MS_MAX));
  child.kill('SIGKILL');
  await once(child, 'close');
  // A number that is cut was not given whole.
  return output
    .slice(0, output.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => /^\d+$/.test(line))
    .map(Number);
}

async function recover(log: string): Promise<{ records: number; droppedBytes: number } | undefined> {
  try {
    return await recoverLog(log, openKeys(`${log}-keys`, node), node);
  } catch (error) {
    if ((error as { code?: string }).code === 'log-without-record') return undefined;
    throw error;
  }
}

export function disclosedSeqs(log: string): Set<number> {
  const directory = join(log, 'disclosures');
  const seqs = new Set<number>();
  for (const name of existsSync(directory) ? readdirSync(directory) : []) {
    const reader = new CborReader(readFileSync(join(directory, name)));
    while (!reader.atEnd()) seqs.add(readDisclosure(reader).seq);
  }
  return seqs;
}

if (import.meta.main) {
  const [runs = 200, seed = randomInt(2 ** 32)] = process.argv.slice(2).map(Number);
  console.log(`seed ${seed}`);
  console.log(JSON.stringify(await crash(runs, seed)));
}
