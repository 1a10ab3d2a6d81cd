import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import {
  createIssuerKey,
  IssuerKey,
  parseTrustSet,
  readIssuerKey,
  TrustSet,
} from '../../bindings/authority/issuer-key.ts';
import { runtime } from '../../bindings/runtime/node.ts';
import { inTemporary } from '../bindings/setting.ts';

/** RFC 8032 §7.1, test 1; RFC 8037 appendix A has the same kind of key as a JWK. */
const SECRET = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
const PUBLIC = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const JWK = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(PUBLIC, 'hex').toString('base64url') } as const;

test('a key is the one of RFC 8032, its thumbprint that of RFC 8037', () => {
  const key = new IssuerKey(SECRET);
  expect(key.publicJwk).toEqual(JWK);
  expect(key.thumbprint).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  expect(inspect(key, { showHidden: true, depth: 9 }) + JSON.stringify(key)).not.toContain('nWGxne');
});

test('a key is written for its owner alone, never over another, and read again', () =>
  inTemporary((directory) => {
    const file = join(directory, 'issuer.jwk');
    const key = createIssuerKey(file, runtime);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readIssuerKey(file, runtime).thumbprint).toBe(key.thumbprint);
    expect(() => createIssuerKey(file, runtime)).toThrow(expect.objectContaining({ code: 'key-exists' }) as Error);
    expect(readIssuerKey(file, runtime).thumbprint).toBe(key.thumbprint);
    chmodSync(file, 0o640);
    expect(() => readIssuerKey(file, runtime)).toThrow(expect.objectContaining({ code: 'key-exposed' }) as Error);
  }));

test.each([
  ['nothing', ''],
  ['a public key', JSON.stringify(JWK)],
  ['a key of another', JSON.stringify({ ...JWK, d: Buffer.alloc(32, 1).toString('base64url') })],
  ['another curve', JSON.stringify({ ...JWK, crv: 'X25519', d: SECRET.toString('base64url') })],
  ['a long file', `${new IssuerKey(SECRET).fileText()}${' '.repeat(5000)}`],
])('what is no key is not read: %s', (_why, text) =>
  inTemporary((directory) => {
    const file = join(directory, 'issuer.jwk');
    writeFileSync(file, text, { mode: 0o600 });
    expect(() => readIssuerKey(file, runtime)).toThrow(expect.objectContaining({ code: 'key-malformed' }) as Error);
  }),
);

test('a trust set is a JWK Set, in one order', () => {
  const [one, two] = [new IssuerKey(SECRET).publicJwk, new IssuerKey(Buffer.alloc(32, 1)).publicJwk];
  const text = JSON.stringify(new TrustSet([one, two]));
  expect(JSON.stringify(new TrustSet([two, one]))).toBe(text);
  expect(JSON.stringify(parseTrustSet(text, 'trust'))).toBe(text);
});

test.each([
  ['nothing', ''],
  ['null', 'null'],
  ['no keys', '{"keys":[]}'],
  ['a private key', `{"keys":[${new IssuerKey(SECRET).fileText().trim()}]}`],
  ['another curve', JSON.stringify({ keys: [{ ...JWK, crv: 'X25519' }] })],
  ['a key written another way', JSON.stringify({ keys: [{ ...JWK, x: `${JWK.x}=` }] })],
  ['something else', JSON.stringify({ keys: [JWK], more: 1 })],
])('what is no trust set is not read: %s', (_why, text) => {
  expect(() => parseTrustSet(text, 'trust')).toThrow(expect.objectContaining({ code: 'trust-malformed' }) as Error);
});

test('a file that is not there says how to make one', () => {
  expect(() => readIssuerKey('/nowhere/issuer.jwk', { ...runtime, files: { ...runtime.files, readFileSync } })).toThrow(
    expect.objectContaining({ code: 'key-unreadable' }) as Error,
  );
});
