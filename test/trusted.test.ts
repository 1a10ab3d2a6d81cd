import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { trusted } from '../.ci/trust.ts';

test.each([...trusted()])('%s is of this engine and these presets (else: npm run trust)', (path, text) => {
  expect(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')).toBe(text);
});
