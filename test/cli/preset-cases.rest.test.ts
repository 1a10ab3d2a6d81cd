// Each policy of the preset decides one of its cases. That the cases pass is in policy-test.test.ts.

import { expect, test } from 'vitest';
import { readSources } from '../../bindings/cli/policy-source.ts';
import type { PolicySources } from '../../engine/compiler/index.ts';
import { failuresUnder } from './preset-cases.ts';

/** The sources without one of their policies, for each of them. */
function withoutOne(sources: PolicySources): [id: string, sources: PolicySources][] {
  return (['policies', 'labels'] as const).flatMap((set) =>
    sources[set].flatMap((source) =>
      textsWithoutOne(source.text).map(([id, text]): [string, PolicySources] => {
        const left = sources[set].map((other) => (other === source ? { ...source, text } : other));
        return [id, { ...sources, [set]: left }];
      }),
    ),
  );
}

/** In the preset every policy starts with its `@id`, at the start of a line. */
function textsWithoutOne(text: string): [id: string, text: string][] {
  const parts = text.split(/^(?=@id\()/m);
  return parts.slice(1).map((part) => [/"(.*)"/.exec(part)![1]!, parts.filter((other) => other !== part).join('')]);
}

test('the cases of the preset need every policy of it', async () => {
  const sources = readSources('coding-agent', undefined);
  const idle: string[] = [];
  const variants = withoutOne(sources);
  expect(variants.length).toBeGreaterThan(40);
  for (const [id, left] of variants) if ((await failuresUnder(left)).length === 0) idle.push(id);
  expect(idle).toEqual([]);
});
