// Owns: rules about when tests run: what the rest has is listed with its reason, and no test looks at a clock.

import { codeIn, codeOf, type Rule } from './tree.ts';

/**
 * Files of test/ that wait or read a clock, and why no order of events does. None of them holds a time to a bound from
 * above.
 */
const CLOCKS: Readonly<Record<string, string>> = {
  'test/bindings/crash.ts': 'kills at a random moment',
  'test/bindings/session-process.ts': 'keeps the process from ending',
  'test/kernel/attacks/run.ts': 'ends an attack that hangs',
  'test/kernel/attacks/shared-run.ts': 'ends an attack that hangs',
  'test/kernel/launch.test.ts': 'a job has to be stopped for longer than a supervisor may be silent',
  'test/kernel/launching/run-guarded.ts': 'asks again until something is so',
  'test/kernel/programs/run.ts': 'ends a program that hangs',
  'test/kernel/run-attribution.test.ts': 'a later start has to have a later tick of the kernel',
  'test/kernel/run.test.ts': 'a run holds a grant to the clock of the machine',
  'test/kernel/supervising/worker.ts': 'a supervisor takes a clock as an argument',
};
const CLOCK =
  /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bhrtime\b|\bset(Timeout|Interval)\(|\bsetTimeout as\b/;

export const clocks: Rule = (tree) =>
  codeOf(tree)
    .filter(([path]) => path.startsWith('test/') && CLOCKS[path] === undefined)
    .flatMap(([path, text]) => {
      const found = CLOCK.exec(codeIn(text));
      return found ? [`${path}: ${found[0]}; test the order of events, or say in test/tidy/rings.ts why not`] : [];
    });

const LISTED = /'(test\/[\w./-]+\.test\.ts)'/g;
/** What gives a file other tests in each ring. */
const DIVIDES = /\b(IDENTITIES|ORDINARY|ofRing|ring)\b.*\bfrom '[\w./]+\/(ring|host|identities)\.ts'/;

const isOnlyRest = (path: string): boolean => path.endsWith('.rest.test.ts');

export const rings: Rule = (tree) => {
  const listed = [...(tree.get('test/ring.ts') ?? '').matchAll(LISTED)].map(([, path]) => path!);
  const tests = codeOf(tree).filter(([path]) => path.endsWith('.test.ts'));
  return [
    ...listed.filter((path) => !tree.has(path)).map((path) => `test/ring.ts: there is no ${path}`),
    ...tests
      .filter(([path, text]) => !listed.includes(path) && (isOnlyRest(path) || DIVIDES.test(text)))
      .map(([path]) => `${path}: runs in the rest; list it in test/ring.ts, with the reason`),
    ...tests
      .filter(([path, text]) => listed.includes(path) && !isOnlyRest(path) && !DIVIDES.test(text))
      .map(([path]) => `${path}: runs in both rings and divides nothing; call it .rest.test.ts, or divide it by ring`),
  ];
};
