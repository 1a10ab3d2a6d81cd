// Owns: the form of commit subjects, and the check of all commits since it was agreed.
// Call: node .ci/commits.ts [BASE]. Prints each subject of a commit after BASE that has another form; exits 1 if there
// is one, or under CI if BASE is not in the history.
// Trusts: git. Excludes: merges, whose subject git writes.

import { spawnSync } from 'node:child_process';

/** The last commit before the form was agreed. */
const AGREED = 'ef322b85a34a672a9ce71a8fe2e7443e7446a6af';
const LENGTH_MAX = 72;

/** What is wrong with a subject; `undefined`: nothing. */
export function fault(subject: string): string | undefined {
  if (!/^[\w./-]+: \S/.test(subject)) return 'is not of the form `area: what and why`';
  if (subject.length > LENGTH_MAX) return `has ${subject.length} characters, ${LENGTH_MAX} is the most`;
  if (subject.includes(';')) return 'has several subjects';
  return undefined;
}

const git = (...args: string[]) => spawnSync('git', args, { encoding: 'utf8' });

function main(base: string): void {
  if (git('merge-base', '--is-ancestor', base, 'HEAD').status !== 0) {
    // An archive has no history, and a shallow clone not enough of it. CI has all, or checks nothing for good.
    process.stdout.write(`commits: not checked, ${base} is not in the history that is here\n`);
    if (process.env['CI'] === 'true') process.exitCode = 1;
    return;
  }
  const { stdout } = git('log', '--no-merges', '--format=%h %s', `${base}..HEAD`);
  for (const line of stdout.split('\n').filter((text) => text !== '')) {
    const subject = line.slice(line.indexOf(' ') + 1);
    const wrong = fault(subject);
    if (wrong === undefined) continue;
    process.exitCode = 1;
    process.stdout.write(`commits: ${line}: ${wrong}\n`);
  }
}

if (import.meta.main) main(process.argv[2] ?? AGREED);
