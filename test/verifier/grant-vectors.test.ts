// The grant vectors, by the verifier's own check of chains: each counts, or is refused for the one reason it names.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { GrantChains } from '../../verifier/grants/grant-chain.ts';
import { parseIssuers, publicKeyOf } from '../../verifier/grants/issuers.ts';
import { GRANT_VECTORS, text } from '../vectors/grant/make.ts';

const COUNTS = { 'passing.json': 55, 'malformed.json': 138, 'refused.json': 81 };

describe.each(Object.entries(GRANT_VECTORS))('%s', (file, vectors) => {
  test('is what make.ts writes, and as many as are counted here', () => {
    expect(readFileSync(new URL(`../vectors/grant/${file}`, import.meta.url), 'utf8')).toBe(text(vectors));
    expect(vectors.length).toBe(COUNTS[file as keyof typeof COUNTS]);
  });

  test.each(vectors.map((vector) => [`${vector.expect} ${vector.name}`, vector] as const))('%s', async (_, vector) => {
    const issuers = parseIssuers(JSON.stringify(vector.trustSet))!;
    const chains = new GrantChains(
      issuers,
      vector.mediators.map((jwk) => publicKeyOf(jwk)!),
    );
    // Twice: what is kept of the first time must not answer another question.
    for (const nowMs of [vector.nowMs, vector.nowMs]) {
      const { refusal } = await chains.check(vector.tokens, { nowMs, session: vector.session });
      expect([refusal?.code ?? 'ok', refusal?.grant ?? null], refusal?.message).toEqual([vector.expect, vector.grant]);
    }
  });
});
