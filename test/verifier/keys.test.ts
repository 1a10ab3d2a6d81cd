// Keys and MACs against vectors nobody here wrote.
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseSeedFile } from '../../verifier/index.ts';
import { macUnder, toHex } from '../../verifier/keys.ts';
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
        const mac = macUnder(bytes(key))([bytes(msg).subarray(0, half), bytes(msg).subarray(half)]);
        expect(toHex(mac.subarray(0, group.tagSize / 8)) === tag, `tcId ${tcId}`).toBe(result === 'valid');
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

describeShared('COSE_Mac0 example HMac-01', 'vectors/cose-wg/mac0-tests/HMac-01.json', (path) => {
  test('has the tag of its MAC_structure', () => {
    const { intermediates, output } = JSON.parse(readFileSync(path, 'utf8')) as {
      intermediates: { ToMac_hex: string; CEK_hex: string };
      output: { cbor: string };
    };
    const mac = macUnder(bytes(intermediates.CEK_hex))([bytes(intermediates.ToMac_hex)]);
    expect(output.cbor.toLowerCase().endsWith(`5820${toHex(mac)}`)).toBe(true);
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
