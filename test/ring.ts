// Owns: the two rings of tests, and the list of what only the second runs, with reasons. Read by vitest.config.ts, whose projects
// they are: `first` is what `npm test` runs, `rest` is everything else, and both together are `npm run test:all`.

/**
 * Files with tests that only the rest runs, and why. A file called `*.rest.test.ts` is all of it in the rest. Any other file of
 * this list runs in both rings, and divides a family of tests with `ofRing`, so that each member runs in one of them.
 */
export const REST: Readonly<Record<string, string>> = {
  'test/kernel/attacks.test.ts': 'the first ring runs one attack of each family, as an ordinary user',
  'test/kernel/attacks.control.test.ts': 'as the attacks',
  'test/kernel/load.test.ts': 'ten thousand programs in one run, the first ring runs 500',
};

/** Files whose tests run as an ordinary user in the first ring and as root in the rest, by IDENTITIES of test/kernel/identities.ts. */
export const AS_ROOT: readonly string[] = [
  'test/kernel/demo.test.ts',
  'test/kernel/effects.test.ts',
  'test/kernel/guardian.test.ts',
  'test/kernel/landlock.test.ts',
  'test/kernel/launch.test.ts',
  'test/kernel/looping.test.ts',
  'test/kernel/programs.test.ts',
  'test/kernel/programs.control.test.ts',
  'test/kernel/run.test.ts',
  'test/kernel/run-control.test.ts',
  'test/kernel/supervisor.test.ts',
];

/** The ring that runs the file which asks: an environment variable of the project in vitest.config.ts. */
export const ring: 'first' | 'rest' = process.env['PLUMBLINE_RING'] === 'rest' ? 'rest' : 'first';

/** The members of a family that this ring runs: those of which `isFirst` holds in the first, the others in the rest. */
export function ofRing<T>(family: readonly T[], isFirst: (member: T) => boolean): T[] {
  return family.filter((member) => isFirst(member) === (ring === 'first'));
}
