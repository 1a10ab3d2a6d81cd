// Every policy and schema of Cedar's generated cases compiles.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compileUnvalidated } from '../../engine/compiler/index.ts';
import { describeShared } from '../shared.ts';
import { sourcesOf } from './sources.ts';

describeShared('the conformance corpus', 'cedar/corpus-sample.jsonl', (path) => {
  test('compiles', () => {
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    const refused = lines.filter((line) => {
      const { policies, schema } = JSON.parse(line) as { policies: string; schema: string };
      return 'diagnostics' in compileUnvalidated(sourcesOf({ policies, schema }));
    });
    expect(lines.length).toBeGreaterThan(1000);
    expect(refused).toEqual([]);
  });
});
