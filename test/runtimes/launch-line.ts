// Owns: one line of JSON: what becomes of launching a guarded command in the runtime that runs this.

import { hostSys, launch, LinuxError, STALL_MS } from '../../kernel-adapters/linux/index.ts';

const options = { command: 'true', args: [], env: {}, cwd: '/', filter: new Uint8Array(0), stallMs: STALL_MS };
const floor = { paths: [], scopeSignals: true, scopeAbstractUnix: true } as const;
try {
  await launch({ ...options, floor, sys: await hostSys() });
} catch (error) {
  process.stdout.write(`${JSON.stringify(error instanceof LinuxError ? error.code : String(error))}\n`);
}
