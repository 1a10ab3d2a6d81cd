// What keys and MACs are made with, against vectors nobody here wrote; the bulk hashes are compared with these in
// hasher.test.ts.
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseSeedFile } from '../../verifier/index.ts';
import { toHex } from '../../verifier/record/bytes.ts';
import { verifyEd25519 } from '../../verifier/record/ed25519.ts';
import { frameRecord } from '../../verifier/record/frame.ts';
import { macUnder } from '../../verifier/sha256/native.ts';
import { describeShared } from '../shared.ts';

const bytes = (hex: string) => Buffer.from(hex, 'hex');

interface Wycheproof<Case> {
  testGroups: { tagSize: number; tests: (Case & { tcId: number; result: 'valid' | 'invalid' })[] }[];
}
const read = <Case>(path: string) => JSON.parse(readFileSync(path, 'utf8')) as Wycheproof<Case>;

describeShared('Wycheproof HMAC-SHA256', 'vectors/wycheproof/hmac_sha256_test.json', (path) => {
  test('174 cases', () => {
    let count = 0;
    for (const group of read<{ key: string; msg: string; tag: string }>(path).testGroups) {
      for (const { tcId, key, msg, tag, result } of group.tests) {
        const half = bytes(msg).length >> 1;
        const parts = [bytes(msg).subarray(0, half), bytes(msg).subarray(half)];
        for (const mac of [macUnder(bytes(key))(parts), hmac(sha256, bytes(key), bytes(msg))]) {
          expect(toHex(mac.subarray(0, group.tagSize / 8)) === tag, `tcId ${tcId}`).toBe(result === 'valid');
        }
        count++;
      }
    }
    expect(count).toBe(174);
  });
});

describeShared('Wycheproof HKDF-SHA256', 'vectors/wycheproof/hkdf_sha256_test.json', (path) => {
  test('86 cases', () => {
    let count = 0;
    for (const group of read<{ ikm: string; salt: string; info: string; size: number; okm: string }>(path).testGroups) {
      for (const { tcId, ikm, salt, info, size, okm, result } of group.tests) {
        const derive = () => toHex(hkdf(sha256, bytes(ikm), bytes(salt), bytes(info), size));
        if (result === 'valid') expect(derive(), `tcId ${tcId}`).toBe(okm);
        else expect(derive, `tcId ${tcId}`).toThrow();
        count++;
      }
    }
    expect(count).toBe(86);
  });
});

// Which examples have the tag of the MAC_structure they state under HMAC 256/256: the others use another algorithm,
// recipients or a spoilt tag. What was spoilt in these is the message, not the structure.
const COSE_RIGHT = [
  'hmac-examples/HMac-01.json',
  'hmac-examples/HMac-enc-01.json',
  'mac0-tests/HMac-01.json',
  'mac0-tests/mac-fail-01.json',
  'mac0-tests/mac-fail-03.json',
  'mac0-tests/mac-fail-04.json',
  'mac0-tests/mac-fail-06.json',
  'mac0-tests/mac-fail-07.json',
  'mac0-tests/mac-pass-01.json',
  'mac0-tests/mac-pass-02.json',
  'mac0-tests/mac-pass-03.json',
];

describeShared('COSE MAC examples', 'vectors/cose-wg', (directory) => {
  const names = ['hmac-examples', 'mac0-tests'].flatMap((folder) =>
    readdirSync(join(directory, folder)).map((name) => `${folder}/${name}`),
  );

  test('20 cases', () => {
    expect(names.length).toBe(20);
    const right = names.filter((name) => {
      const { intermediates, output } = JSON.parse(readFileSync(join(directory, name), 'utf8')) as {
        intermediates: { ToMac_hex: string; CEK_hex: string };
        output: { cbor: string };
      };
      // None has the kid of a record, so none is framed as one.
      expect(frameRecord(bytes(output.cbor), 0, output.cbor.length / 2)).toHaveProperty('expected');
      const mac = macUnder(bytes(intermediates.CEK_hex))([bytes(intermediates.ToMac_hex)]);
      return output.cbor.toLowerCase().includes(`5820${toHex(mac)}`);
    });
    expect(right).toEqual(COSE_RIGHT);
  });
});

describeShared('Wycheproof Ed25519', 'vectors/wycheproof/ed25519_test.json', (path) => {
  test('151 cases', async () => {
    let count = 0;
    const { testGroups } = JSON.parse(readFileSync(path, 'utf8')) as {
      testGroups: {
        publicKey: { pk: string };
        tests: { tcId: number; msg: string; sig: string; result: 'valid' | 'invalid' }[];
      }[];
    };
    for (const { publicKey, tests } of testGroups) {
      for (const { tcId, msg, sig, result } of tests) {
        const passed = await verifyEd25519(bytes(publicKey.pk), bytes(msg), bytes(sig));
        expect(passed, `tcId ${tcId}`).toBe(result === 'valid');
        count++;
      }
    }
    expect(count).toBe(151);
  });
});

describeShared('RFC 4231', 'vectors/rfc4231/hmac_sha256.json', (path) => {
  test('7 cases', () => {
    const cases = JSON.parse(readFileSync(path, 'utf8')) as { key: string; data: string; hmac_sha256: string }[];
    expect(cases.length).toBe(7);
    for (const { key, data, hmac_sha256: mac } of cases) {
      expect(toHex(macUnder(bytes(key))([bytes(data)])).startsWith(mac)).toBe(true);
      expect(toHex(hmac(sha256, bytes(key), bytes(data))).startsWith(mac)).toBe(true);
    }
  });
});

const SEED = '0123456789abcdef'.repeat(4);

test.each([
  ['a line', `plumbline-seed-1 ${SEED}\n`],
  ['a line without an end', `plumbline-seed-1 ${SEED}`],
  ['comments and empty lines', `# a\n\nplumbline-seed-1 ${SEED}\r\n# b\n`],
])('a seed file: %s', (_, text) => expect(toHex(parseSeedFile(text)!)).toBe(SEED));

test.each([
  ['nothing', ''],
  ['a comment', '# only'],
  ['another name', `plumbline-seed-2 ${SEED}`],
  ['a digit missing', `plumbline-seed-1 ${SEED.slice(1)}`],
  ['a digit more', `plumbline-seed-1 ${SEED}0`],
  ['no hex', `plumbline-seed-1 ${SEED.slice(1)}g`],
  ['a space more', `plumbline-seed-1  ${SEED}`],
  ['two seeds', `plumbline-seed-1 ${SEED}\nplumbline-seed-1 ${SEED}`],
])('no seed file: %s', (_, text) => expect(parseSeedFile(text)).toBeUndefined());
