// Owns: a supervisor that starts a guardian and then has nothing to run.
// Call: node unneeded.ts WHEN HOW. WHEN: `at-once`, or `later`, once there is a launcher; HOW: `closes`, or `dies`.

import { readdirSync, readFileSync } from 'node:fs';
import { hostSys, startGuardian } from '../../../kernel-adapters/linux/index.ts';
import { until } from './run-guarded.ts';

const [when, how] = process.argv.slice(2) as [string, string];

const childrenOf = (pid: number): number[] =>
  readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
  );

const guardian = startGuardian(await hostSys(), 5_000);
if (when === 'later') await until('there is a launcher', () => childrenOf(process.pid).flatMap(childrenOf).length > 0);
if (how === 'dies') process.kill(process.pid, 'SIGKILL');
guardian.close();
