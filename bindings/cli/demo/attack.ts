// Owns: the aggregate attack of `plumb demo`: steps that are allowed one by one, what they come to, and what was
// decided of each.
// Excludes: how the steps are carried out (demo-kernel.ts, demo-simulated.ts).

import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { IssuerKey, TrustSet } from '../../authority/issuer-key.ts';
import { readRecords, START } from '../../log/read-log.ts';
import type { WriterKeys } from '../../log/writer-keys.ts';
import type { Runtime } from '../../runtime/index.ts';
import { explainRecord, type Why } from '../../why.ts';
import {
  readShippedTrust,
  replayLog,
  verifyLog,
  type ReplayReport,
  type VerifyReport,
} from '../../../verifier/index.ts';
import { onKernel, Server, UnguardedError, type Received } from './kernel.ts';
import { simulated } from './simulated.ts';
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
} from './story.ts';
import { layersOf, RECORD_TIMEOUT_MS } from '../replay.ts';

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
  const reasons: string[] = [];
  const giveUp = (error: unknown): undefined => {
    if (!(error instanceof UnguardedError)) throw error;
    reasons.push(error.message);
  };
  const server = await Server.open(HOST).catch(giveUp);
  try {
    const place = { project, host: HOST, port: server?.port ?? 443 };
    const person = new IssuerKey(runtime.random(32));
    const trust = new TrustSet([person.publicJwk]);
    const authority = { chain: grants(place, person, runtime), trust };
    const play = async (steps: readonly AttackStep[], name: string, to: Server | undefined): Promise<AttackRun> => {
      const log = join(root, name);
      const scene = { ...place, ...authority, log, keys: join(root, 'keys') };
      const outcomes = await (to === undefined ? simulated(steps, scene, keys, runtime) : onKernel(steps, scene));
      const received = to === undefined ? null : await to.take();
      return { log, outcomes, received, decisions: explained(log, trust, runtime) };
    };
    // Whether a process can be held is found out by holding one; what fails later is a failure.
    const real = server && (await play([SEND], 'attack-sends', server).catch(giveUp));
    const to = real && server;
    const alone = [
      real ?? (await play([SEND], 'simulated-sends', undefined)),
      await play([READ_SECRET], 'attack-reads', to),
    ];
    const together = await play(ATTACK, 'attack', to);
    const trusted = new Map([...(await readShippedTrust()), ...(await layersOf(together.log))]);
    return {
      objective: OBJECTIVE,
      project,
      simulated: reasons[0] ?? null,
      alone,
      together,
      verified: await verifyLog(together.log, { seed }),
      replayed: await replayLog(together.log, { seed, trusted, timeoutMs: RECORD_TIMEOUT_MS }),
    };
  } finally {
    server?.close();
  }
}

/**
 * Whether it came out as it has to: each step alone done, the last of all refused and without effect, the record true.
 */
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
