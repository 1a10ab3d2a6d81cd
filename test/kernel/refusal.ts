// Owns: what the kernel of this host refuses that mediation takes. Under CI nothing else excuses a skipped test.

import { existsSync, readFileSync } from 'node:fs';
import { ABI_NEEDED, hostAbi, hostSys, landlockAbi } from '../../kernel-adapters/linux/index.ts';

/** As a reason to be shown; `undefined`: nothing. */
export const refusal: string | undefined = await find();

async function find(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `the kernel is that of ${process.platform}`;
  const status = readFileSync('/proc/self/status', 'latin1');
  if (!/^Seccomp:\s*0$/m.test(status)) return 'there is a system-call filter over the tests';
  const abi = landlockAbi(await hostSys(), hostAbi);
  if (abi < ABI_NEEDED) return `it has Landlock ABI ${abi}`;
  const yama = '/proc/sys/kernel/yama/ptrace_scope';
  if (existsSync(yama) && Number(readFileSync(yama, 'latin1')) > 1) return 'it lets nobody trace a descendant';
  return undefined;
}
