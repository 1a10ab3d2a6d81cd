// Owns: the two rings of tests, and the list of what only the second runs, with reasons. Read by vitest.config.ts,
// whose projects they are: `first` is what `npm test` runs, `rest` is everything else, and both together are `npm run
// test:all`.

/**
 * Files with tests that only the rest runs, and why. A file called `*.rest.test.ts` is all of it in the rest. Any other
 * file of this list runs in both rings, and gives each its own members of a family (`ofRing`) or sizes (`ring`).
 */
export const REST: Readonly<Record<string, string>> = {
  'test/authority/containment.test.ts': '300 pairs of scopes, 100 in the first ring',
  'test/bench/authority.rest.test.ts': 'a bench takes its time, the first ring has the parts of one',
  'test/bench/decide.rest.test.ts': 'as above',
  'test/bench/kernel.rest.test.ts': 'as above',
  'test/bench/start.rest.test.ts': 'as above',
  'test/bench/verify.rest.test.ts': 'as above',
  'test/bindings/killed.test.ts': '200 writers killed, 4 in the first ring',
  'test/cli/conformance.rest.test.ts': "all 1,500 of Cedar's cases, the first ring has those written by hand",
  'test/cli/demo-trajectories.test.ts': 'every trajectory, one in the first ring',
  'test/cli/preset-cases.rest.test.ts': 'a run of all cases for each policy that is left out',
  'test/compiler/corpus.rest.test.ts': "all 1,500 of Cedar's cases, test/differential/corpus.test.ts has every eighth",
  'test/differential/cedar.test.ts': '240 generated cases, 40 in the first ring',
  'test/differential/corpus.test.ts': "all 1,500 of Cedar's cases, every eighth in the first ring",
  'test/differential/index.test.ts': '400 requests to 500 policies, 50 in the first ring',
  'test/differential/names.test.ts': '4,000 names of each kind, 1,000 in the first ring',
  'test/differential/strict.test.ts': '160 generated sessions, 40 in the first ring',
  'test/engine/build.rest.test.ts': 'two more builds of the engine, `npm test` builds it once and compares the digest',
  'test/external/readers.rest.test.ts': 'needs readers in Python and Go, and fetches those in Go',
  'test/fuzz/fuzz.test.ts': '20,000 tries, a thirty-second in the first ring',
  'test/fuzz/verifier.test.ts': '20,000 tries, 1,000 in the first ring',
  'test/kernel/attacks.test.ts': 'the first ring runs one attack of each family, as an ordinary user',
  'test/kernel/attacks.control.test.ts': 'as the attacks',
  'test/kernel/load.test.ts': 'ten thousand programs in one run, 500 in the first ring',
  'test/lowering/never-widens.test.ts': '80 rounds, 16 in the first ring',
  'test/verifier/authority.rest.test.ts': 'as test/verifier/tamper.rest.test.ts',
  'test/verifier/hostile.test.ts': '35 logs, some of a hundred thousand files, 4 in the first ring',
  'test/verifier/grant-differential.test.ts': '3,000 chains, 1,000 in the first ring',
  'test/verifier/main.test.ts': 'Deno and Bun, the first ring has Node',
  'test/verifier/module.rest.test.ts': 'as test/engine/build.rest.test.ts',
  'test/verifier/noise.rest.test.ts': '4,000 records of noise, the first ring has noise in a log',
  'test/verifier/vectors.test.ts': 'all logs of two segments in threads, every eighth in the first ring',
  'test/verifier/tamper.rest.test.ts':
    'each bit of each file flipped, the first ring flips one of each byte, and one blob',
};

/**
 * Files whose tests run as an ordinary user in the first ring and as root in the rest, by IDENTITIES of
 * test/kernel/identities.ts.
 */
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
