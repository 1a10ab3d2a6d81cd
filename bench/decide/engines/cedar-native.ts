// Owns: native Cedar, in a process of its own that measures itself: it is handed parsed requests and entities, and only
// authorizing is timed.

import { spawnSync } from 'node:child_process';
import { policyText } from '../cedar-text.ts';
import { know, referenceAnswers } from '../reference.ts';
import { CEDAR_NATIVE } from '../toolchains.ts';
import type { Workload } from '../workload.ts';
import { entitiesOf } from './cedar-wasm.ts';

/** Nanoseconds. Throws if one of its answers is not the reference's. */
export function measureCedarNative(workload: Workload, timeMs: number): { p50: number; p99: number } {
  const answers = referenceAnswers(workload);
  const input = {
    timeMs,
    policies: workload.rules.map(policyText).join('\n'),
    requests: workload.requests.map(know).map((request, index) => ({
      principal: `Agent::${JSON.stringify(request.agent)}`,
      action: `Action::${JSON.stringify(request.action)}`,
      resource: `File::${JSON.stringify(request.path)}`,
      context: { resolved: request.resolved, labels: request.labels },
      entities: entitiesOf(request),
      allow: answers[index]!.allow,
    })),
  };
  const { status, stdout, stderr } = spawnSync(CEDAR_NATIVE, { input: JSON.stringify(input), encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as { p50: number; p99: number };
}
