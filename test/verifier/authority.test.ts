// What the report says about grants. That no bit of what they are made of can be changed is authority.rest.test.ts.
import { describe, expect, test } from 'vitest';
import { describe as inWords, parseIssuers } from '../../verifier/index.ts';
import type { VerifyReport } from '../../verifier/index.ts';
import { ORGANISATION, OWNER } from '../vectors/log/authority.ts';
import { SEED } from '../vectors/log/parts.ts';
import { verifyInMemory } from './log-directory.ts';
import { filesOf } from './vector-files.ts';

const verify = (name: string): Promise<VerifyReport> => verifyInMemory(filesOf(name), { seed: SEED });

// Of the vectors that are refused for a grant: the code, and the signature of the grant that is refused.
const CODES: [name: string, code: string, grant: number, signature: string][] = [
  ['forged', 'grant-forged', 1, 'wrong'],
  ['forged-action', 'grant-forged', 3, 'wrong'],
  ['expired', 'grant-expired', 3, 'right'],
  ['expired-when-opened', 'grant-expired', 0, 'right'],
  ['widened', 'grant-widened', 2, 'right'],
  ['widened-action', 'grant-widened', 3, 'right'],
  ['re-parented', 'grant-reparented', 1, 'right'],
  ['self-issued', 'grant-untrusted', 0, 'unchecked'],
  ['truncated', 'grant-truncated', 0, 'unchecked'],
  ['cut-out', 'grant-truncated', 2, 'unchecked'],
  ['other-session', 'grant-other-session', 2, 'right'],
  ['action-of-another-session', 'grant-undelegated', 3, 'unchecked'],
  ['undelegated', 'grant-undelegated', 2, 'unchecked'],
  ['action-by-another-mediator', 'grant-undelegated', 3, 'unchecked'],
  ['depth', 'grant-depth', 3, 'right'],
  ['trust-set-other', 'grant-untrusted', 0, 'unchecked'],
];

describe('the report', () => {
  test('has the chain of every layer set', async () => {
    const { authority } = await verify('good');
    expect(authority).toMatchObject({
      issuers: 'recorded',
      sets: [
        { seq: 0, current: true, chain: [{ level: 'objective' }, { level: 'intent' }, { level: 'plan', uses: 3 }] },
        {
          seq: 2,
          current: false,
          chain: [
            { level: 'objective', statement: 'Refactor the config', issuer: OWNER.thumbprint, signature: 'right' },
            { level: 'intent', statement: 'Split the file', signature: 'right' },
            { level: 'plan', statement: 'Edit', signature: 'right' },
            { level: 'action', uses: 1, session: 'plumbline/vector', signature: 'right' },
          ],
        },
      ],
    });
    expect(authority!.sets.some(({ refusal }) => refusal)).toBe(false);
  });

  test('says in words who vouched for the issuers, and what stands behind the layers', async () => {
    const recorded = inWords(await verify('good'));
    expect(recorded).toContain('\nissuers as recorded in the log, not confirmed from outside\n');
    expect(recorded).toMatch(/^layers [0-9a-f]{64}, named by record 2, for those that ask$/m);
    expect(recorded).toContain(
      `  objective "Refactor the config" by ${OWNER.thumbprint}, signature right, until 2025-10-09T`,
    );
    const issuers = parseIssuers(JSON.stringify(ORGANISATION))!;
    const given = inWords(await verifyInMemory(filesOf('good'), { seed: SEED, issuers }));
    expect(given).toContain('\nissuers as given\n');
    expect(given).not.toContain('not confirmed');
  });

  test('of a log without layers says nothing of grants', async () => {
    expect((await verify('sealed')).authority).toBeUndefined();
  });

  test.each(CODES)('names what is wrong: %s', async (name, code, grant, signature) => {
    const report = await verify(name);
    const refused = report.authority!.sets.at(-1)!;
    expect([report.status, refused.refusal?.code, refused.refusal?.grant]).toEqual(['tampered', code, grant]);
    expect(refused.chain[grant]?.signature).toBe(signature);
    expect(report.fault?.found).toContain(`${code}: `);
    expect(report.fault?.file).toBe(`blobs/${refused.chain[grant]?.token}`);
    expect(inWords(report)).toContain(`  refused: ${code}: `);
  });

  test.each([
    ['layer-without-grant', 'the digest of a grant', 'zeros'],
    ['layer-uses', '3 uses, as its grant has', '4'],
    ['layer-uses-unlimited', '1 uses, as its grant has', '0'],
  ])('or that a layer is not its grant: %s', async (name, expected, found) => {
    expect((await verify(name)).fault).toMatchObject({ expected, found });
  });

  test('names the grant whose layer is altered', async () => {
    const { fault, authority } = await verify('layer-expiry-removed');
    const { token } = authority!.sets[0]!.chain[2]!;
    expect(fault?.expected).toMatch(new RegExp(`^the layer of plan "Edit", grant ${token}: [0-9a-f]{32}$`));
    expect(fault?.file).toMatch(/^blobs\//);
    expect(fault?.file).not.toBe(`blobs/${token}`);
  });

  test('names the layers of which not all could be checked, by their grants', async () => {
    const report = await verify('good-forbids');
    const { token } = report.authority!.sets[0]!.chain[2]!;
    const expected = {
      layer: expect.stringMatching(/^[0-9a-f]{64}$/),
      token,
      level: 'plan',
      statement: 'Edit',
      forbids: 2,
    };
    // Both sets have that layer.
    expect(report.unchecked).toEqual([expected]);
    expect(report.status).toBe('authenticated');
    expect(inWords(report)).toContain(`\nunchecked: 2 forbid of plan "Edit", grant ${token}, in layer `);
    expect((await verify('good')).unchecked).toEqual([]);
    expect(inWords(await verify('good'))).not.toContain('unchecked:');
  });

  test('counts what passed before a layer set that nobody made known', async () => {
    const { records, verdicts, fault } = await verify('decision-under-unknown-split');
    expect([records, verdicts.allow, fault?.file]).toEqual([6, 2, '00000001.cborseq']);
  });
});

describe.each(Object.keys(filesOf('good')).filter((name) => name.startsWith('blobs/')))('%s', (name) => {
  test('leaves the log not replayed where it is absent', async () => {
    const { [name]: __, ...files } = filesOf('good');
    const { status, missing } = await verifyInMemory(files, { seed: SEED });
    expect([status, missing]).toEqual(['not-replayed', [name.slice('blobs/'.length)]]);
  });
});

const of = (keys: unknown) => parseIssuers(JSON.stringify({ keys }));

test('a trust set is a JWK Set of Ed25519 public keys', () => {
  expect([...of([OWNER.jwk])!.keys()]).toEqual([OWNER.thumbprint]);
  expect(of([{ ...OWNER.jwk, kid: 'owner', use: 'sig' }])?.size).toBe(1);
  for (const keys of [undefined, {}, [null], [{ ...OWNER.jwk, d: OWNER.jwk.x }], [{ ...OWNER.jwk, crv: 'X25519' }]]) {
    expect(of(keys), JSON.stringify(keys)).toBeUndefined();
  }
  expect(parseIssuers('keys')).toBeUndefined();
});
