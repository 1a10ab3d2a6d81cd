// Owns: the aggregate attack of `plumb demo`: steps that are allowed one by one, what they come to, and what was decided of each.
// Excludes: how the steps are carried out (demo-kernel.ts, demo-simulated.ts).

import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import {
  explainRecord,
  IssuerKey,
  readRecords,
  START,
  TrustSet,
  type Runtime,
  type Why,
  type WriterKeys,
} from '../index.ts';
import { readShippedTrust, replayLog, verifyLog, type ReplayReport, type VerifyReport } from '../../verifier/index.ts';
import { onKernel, Server, UnguardedError, type Received } from './demo-kernel.ts';
import { simulated } from './demo-simulated.ts';
import {
  ATTACK,
  grants,
  HOST,
  makeProject,
  OBJECTIVE,
  READ_SECRET,
  SEND,
  type AttackStep,
  type Outcome,
} from './demo-story.ts';
import { layersOf, RECORD_TIMEOUT_MS } from './replay.ts';

export interface AttackRun {
  log: string;
  outcomes: Outcome[];
  /** What the server got; `null` where there is none. */
  received: Received | null;
  decisions: Why[];
}

export interface Attack {
  objective: string;
  project: string;
  /** Why no process was started; `null` if they were. */
  simulated: string | null;
  /** Steps of the attack in sessions of their own. */
  alone: AttackRun[];
  together: AttackRun;
  verified: VerifyReport;
  replayed: ReplayReport;
}

/** Carries it out, by the kernel where it can hold processes, and records it below `directory`. */
export async function attack(directory: string, keys: WriterKeys, seed: Uint8Array, runtime: Runtime): Promise<Attack> {
  const root = realpathSync(directory);
  const project = makeProject(root);
  const server = process.platform === 'linux' ? await Server.open() : undefined;
  try {
    const place = { project, host: HOST, port: server?.port ?? 443 };
    const person = new IssuerKey(runtime.random(32));
    const trust = new TrustSet([person.publicJwk]);
    const authority = { chain: grants(place, person, runtime), trust };
    const play = async (steps: readonly AttackStep[], log: string, isReal: boolean): Promise<AttackRun> => {
      const scene = { ...place, ...authority, log: join(root, log), keys: join(root, 'keys') };
      const outcomes = await (isReal ? onKernel(steps, scene) : simulated(steps, scene, keys, runtime));
      const received = isReal ? await server!.take() : null;
      return { log: scene.log, outcomes, received, decisions: explained(scene.log, trust, runtime) };
    };
    let why: string | null = null;
    let first: AttackRun;
    try {
      first = await play([SEND], 'attack-sends', true);
    } catch (error) {
      if (!(error instanceof UnguardedError)) throw error;
      why = error.message;
      first = await play([SEND], 'simulated-sends', false);
    }
    const alone = [first, await play([READ_SECRET], 'attack-reads', why === null)];
    const together = await play(ATTACK, 'attack', why === null);
    const trusted = new Map([...(await readShippedTrust()), ...(await layersOf(together.log))]);
    return {
      objective: OBJECTIVE,
      project,
      simulated: why,
      alone,
      together,
      verified: await verifyLog(together.log, { seed }),
      replayed: await replayLog(together.log, { seed, trusted, timeoutMs: RECORD_TIMEOUT_MS }),
    };
  } finally {
    server?.close();
  }
}

/** Whether it came out as it has to: each step alone done, the last of all refused and without effect, the record true. */
export function isHeld({ simulated: why, alone, together, verified, replayed }: Attack): boolean {
  const refused = together.decisions.findLast(({ requests }) =>
    requests.some(({ action }) => action.id === 'net.connect'),
  );
  return (
    alone.every(({ outcomes }) => outcomes.every(({ isDone }) => isDone)) &&
    together.outcomes.at(-1)?.isDone === false &&
    refused?.decision.verdict === 'block' &&
    (why !== null || (alone[0]!.received!.bytes > 0 && together.received!.connections === 0)) &&
    verified.status === 'authenticated' &&
    replayed.status === 'authenticated'
  );
}

function explained(log: string, trust: TrustSet, { files }: Runtime): Why[] {
  const records = [...readRecords(log, files, { ...START }, true)].filter(({ type }) => type === 'decision');
  return records.map(({ seq }) => explainRecord(log, seq, files, trust));
}
