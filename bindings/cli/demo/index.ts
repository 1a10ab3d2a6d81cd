// Owns: `plumb demo`: the whole line at once, from an agent's session to a log that is verified, replayed and tampered
// with.

import type { Command } from 'commander';
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Decision } from '../../decision.ts';
import { PlumblineError } from '../../error.ts';
import { createSeed, writeSeedFile } from '../../log/seed.ts';
import { createKeys } from '../../log/writer-keys.ts';
import { hostRuntime } from '../../runtime/index.ts';
import { openSession } from '../../session.ts';
import { readShippedTrust, replayLog, verifyLog } from '../../../verifier/index.ts';
import type { Item } from '../../../kernel-adapters/shell/index.ts';
import { attack, isHeld } from './attack.ts';
import { describeDemo, type Demo, type Step } from './describe.ts';
import { importTrajectory } from '../import.ts';
import { readInput } from '../input.ts';
import { wantsColour, write, writeJson } from '../output.ts';
import { readPolicy } from '../policy-source.ts';
import { digest, RECORD_TIMEOUT_MS } from '../replay.ts';

const PRESET = 'coding-agent';
const EXAMPLE = fileURLToPath(new URL('../../../docs/examples/failing-deployment.traj', import.meta.url));

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description("decide an agent's session, record it, verify and replay the record, then tamper with it")
    .argument('[FILE]', 'a SWE-agent trajectory', EXAMPLE)
    .option('--json', 'the outcome as JSON')
    .addHelpText(
      'after',
      '\nThe session is read, not repeated. The attack after it is real where Linux can hold it: bash, under plumb run, in a new directory for\n' +
        'temporary files. Key and logs go there, too.\n\nExample: plumb demo run.traj',
    )
    .action(async (file: string, { json }: { json?: true }) => {
      const demo = await run(file);
      await (json ? writeJson(demo) : write(describeDemo(demo, wantsColour())));
      const { verified, replayed, tampered, attack: attacked } = demo;
      const held =
        verified.status === 'authenticated' &&
        replayed.status === 'authenticated' &&
        tampered.fault !== undefined &&
        isHeld(attacked);
      if (!held)
        throw new PlumblineError(
          'demo-failed',
          'the log was not verified, not replayed, the flipped bit was not found, or the attack was not stopped',
        );
    });
}

async function run(file: string): Promise<Demo> {
  const trajectory = importTrajectory(await readInput(file), file);
  const policy = readPolicy(PRESET, undefined);
  const runtime = await hostRuntime();
  const directory = mkdtempSync(join(tmpdir(), 'plumbline-demo-'));
  const log = join(directory, 'log');
  const seed = createSeed(runtime);
  writeSeedFile(join(directory, 'seed'), seed, runtime);
  const keys = createKeys(join(directory, 'keys'), seed, runtime);
  const session = openSession({
    policy,
    log: { directory: log, durability: 'write' },
    keys,
    adapter: 'cli/demo',
    runtime,
  });
  const steps: Step[] = [];
  for (const { action, items } of trajectory.steps) {
    const decided: { item: Item; decision: Decision }[] = [];
    for (const item of items) decided.push({ item, decision: await session.mediate(item) });
    steps.push({ action, decided });
  }
  await session.close('end of the trajectory');

  const key = { seed: seed.bytes() };
  // The program was compiled here a moment ago, so its digest is known first-hand.
  const trusted = new Map([...(await readShippedTrust()), [digest(policy.program), PRESET]]);
  const verified = await verifyLog(log, key);
  const replayed = await replayLog(log, { ...key, trusted, timeoutMs: RECORD_TIMEOUT_MS });
  const flip = flipBit(log, join(directory, 'tampered'));
  const tampered = await verifyLog(flip.log, key);
  return {
    file,
    policy: PRESET,
    sources: policy.sources,
    directory,
    log,
    seed: join(directory, 'seed'),
    steps,
    verified,
    replayed,
    flip,
    tampered,
    attack: await attack(directory, keys, seed.bytes(), runtime),
  };
}

/** Copies the log and flips the lowest bit of the byte in the middle of its first segment. */
function flipBit(log: string, copy: string): Demo['flip'] {
  cpSync(log, copy, { recursive: true });
  const segment = readdirSync(copy).find((name) => name.endsWith('.cborseq'))!;
  const bytes = readFileSync(join(copy, segment));
  const offset = bytes.length >> 1;
  bytes[offset]! ^= 1;
  writeFileSync(join(copy, segment), bytes);
  return { log: copy, segment, offset };
}
