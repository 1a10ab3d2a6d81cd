// Owns: the adapter as built, for the processes that tests start: they start twice as fast as from the sources.
// Trusts: test/built.ts, which has it built before the tests.

type Adapter = typeof import('../../kernel-adapters/linux/index.ts');

const built = new URL('../../dist/kernel-adapters/linux/index.js', import.meta.url).href;

export const { assemble, endAs, filterRules, hostAbi, hostSys, launch, LinuxError, passSignals, RIGHTS, supervise } =
  (await import(built)) as Adapter;
