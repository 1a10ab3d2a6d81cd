// Owns: the steps of the demo's attack where no process can be held: the requests an adapter would make of them, one by
// one.

import type { WriterKeys } from '../../log/writer-keys.ts';
import type { Runtime } from '../../runtime/index.ts';
import { openSession } from '../../session.ts';
import { exec, POLICY, type AttackStep, type Outcome, type Scene } from './story.ts';
import { readPolicy } from '../policy-source.ts';

/** Decides the steps, each up to the first request that is refused, and records them. */
export async function simulated(
  steps: readonly AttackStep[],
  scene: Scene,
  keys: WriterKeys,
  runtime: Runtime,
): Promise<Outcome[]> {
  const { log, chain, trust } = scene;
  const session = openSession({
    policy: readPolicy(POLICY, undefined),
    authority: { tokens: chain.map(({ token }) => token), trust },
    log: { directory: log, durability: 'write' },
    keys,
    adapter: 'cli/demo',
    runtime,
  });
  await session.mediate(exec('/usr/bin/bash'));
  const outcomes: Outcome[] = [];
  for (const { said, asks } of steps) {
    let answer = 'allow';
    for (const request of asks(scene)) {
      answer = (await session.mediate(request)).verdict;
      if (answer !== 'allow') break;
    }
    outcomes.push({ said, isDone: answer === 'allow', answer });
  }
  await session.close('end of the steps');
  return outcomes;
}
