import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { trusted } from '../.ci/trust.ts';

test('the digests the verifier ships are those of this engine and these presets (else: npm run trust)', () => {
  expect(readFileSync(new URL('../verifier/trusted.txt', import.meta.url), 'utf8')).toBe(trusted());
});
