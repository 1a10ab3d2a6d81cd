// Owns: the last line of a test run, and that a skipped test fails where `CI=true`, unless it is what the kernel of the
// host refuses.

import { appendFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import { refusal } from './kernel/refusal.ts';

/** How tests that need a kernel with all that mediation takes are called. */
const KERNEL = '(needs Linux';

/**
 * Prints the names of skipped tests and one closing line `N passed, N failed`, which `.ci/run` has in the file
 * PLUMBLINE_TALLY instead, because it sums several runs. Stands after a reporter that shows the failures.
 */
export default class implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    const skipped: string[] = [];
    for (const module of modules) {
      // A file that could not be collected has no failed test to be counted.
      count.failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state] += 1;
        if (state === 'skipped') skipped.push(`${module.relativeModuleId} > ${test.fullName}`);
      }
    }
    const strict = process.env['CI'] === 'true';
    const excused = refusal === undefined ? [] : skipped.filter((name) => name.includes(KERNEL));
    for (const name of excused) console.log(`refused by this kernel, because ${refusal}: ${name}`);
    const missing = skipped.filter((name) => !excused.includes(name));
    for (const name of missing) console.log(`${strict ? 'failed: skipped under CI' : 'skipped'}: ${name}`);
    if (strict) {
      count.failed += missing.length;
      if (missing.length > 0) process.exitCode = 1;
    }
    const failed = count.failed + count.pending;
    const tally = process.env['PLUMBLINE_TALLY'];
    if (tally === undefined) console.log(`${count.passed} passed, ${failed} failed`);
    else appendFileSync(tally, `${count.passed} ${failed}\n`);
  }
}
