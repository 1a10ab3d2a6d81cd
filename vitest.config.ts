import { configDefaults, defineConfig } from 'vitest/config';
import { EVERY_IDENTITY } from './test/kernel/identities.ts';
import { AS_ROOT, REST } from './test/ring.ts';

const hasRoot = EVERY_IDENTITY.some(([who]) => who === 'root');

/** A ring of test/ring.ts as a project. */
const project = (name: 'first' | 'rest', files: { include: string[]; exclude?: string[] }) => ({
  extends: true as const,
  test: { name, env: { PLUMBLINE_RING: name }, ...files },
});

export default defineConfig({
  test: {
    testTimeout: 120_000,
    // By default one core is left out, which on two of them is half.
    maxWorkers: '100%',
    // A worker loads modules once, not again for each file: of 62 s of processor time for 30 small files it saves 18.
    isolate: false,
    globalSetup: ['./test/built.ts'],
    reporters: ['default', './test/reporter.ts'],
    projects: [
      project('first', {
        include: ['test/**/*.test.ts'],
        exclude: [...configDefaults.exclude, 'test/**/*.rest.test.ts'],
      }),
      project('rest', { include: [...Object.keys(REST), ...(hasRoot ? AS_ROOT : [])] }),
    ],
  },
});
