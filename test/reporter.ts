// Owns: the last line of a test run, and that a skipped test fails where `CI=true`.

import type { Reporter, TestModule } from 'vitest/node';

/** Prints the names of skipped tests and one closing line `N passed, N failed`. Stands after a reporter that shows the failures. */
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
    for (const name of skipped) console.log(`${strict ? 'failed: skipped under CI' : 'skipped'}: ${name}`);
    if (strict) {
      count.failed += count.skipped;
      if (count.skipped > 0) process.exitCode = 1;
    }
    console.log(`${count.passed} passed, ${count.failed + count.pending} failed`);
  }
}
