// Checkpoints and tiles that nobody here made: of the Tessera test log, at each of its sizes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { toHex } from '../../verifier/record/bytes.ts';
import { isSignedBy, parseCheckpoint, parseVkey, parseVkeyFile } from '../../verifier/record/checkpoint.ts';
import { checkTile } from '../../verifier/log/tiles.ts';
import { Tree } from '../../verifier/log/tree.ts';
import { describeShared } from '../shared.ts';
import { SIGNER } from '../vectors/log/parts.ts';
import { inMemory } from './log-directory.ts';

const SIZES = 15;
const noTileRoot = () => {
  throw new Error('no tile is whole');
};

describeShared('Tessera', 'vectors/tessera-testdata', (directory) => {
  const read = (name: string) => readFileSync(join(directory, name));
  const vkey = parseVkeyFile(read('vkey.txt').toString())!;
  const leaves = read(`tile/0/000.p/${SIZES}`);
  const names = ['checkpoint', ...Array.from({ length: SIZES + 1 }, (_, size) => `checkpoint.${size}`)];

  test.each(names)('%s is signed, and its root is that of its leaves', async (name) => {
    const checkpoint = parseCheckpoint(read(name))!;
    expect(checkpoint.origin).toBe('example.com/log/testdata');
    expect(checkpoint.size).toBe(name === 'checkpoint' ? SIZES : Number(name.slice('checkpoint.'.length)));
    expect(await isSignedBy(checkpoint, vkey)).toBe(true);
    expect(await isSignedBy(checkpoint, parseVkey(SIGNER.vkey)!)).toBe(false);
    const tree = new Tree(noTileRoot);
    tree.append(0, leaves.subarray(0, checkpoint.size * 32));
    expect(toHex(tree.root())).toBe(toHex(checkpoint.root));
  });

  test('all 15 tiles are those of the leaves', async () => {
    const tiles = Array.from({ length: SIZES }, (_, i) => `tile/0/000.p/${i + 1}`);
    const files = inMemory(Object.fromEntries(tiles.map((name) => [name, read(name)])));
    expect((await files.names('tile/0/000.p')).length).toBe(SIZES);
    expect(await checkTile(files, { level: 0, index: 0, hashes: leaves })).toBeUndefined();
    const altered = Uint8Array.from(leaves);
    altered[40]! ^= 1;
    expect(await checkTile(files, { level: 0, index: 0, hashes: altered })).toMatchObject({
      status: 'tampered',
      seq: 1,
    });
  });
});

test.each([
  ['the key hash of another key', SIGNER.vkey.replace(/\+[0-9a-f]{8}\+/, '+00000000+')],
  ['another algorithm', `n+00000000+${Buffer.alloc(33, 2).toString('base64')}`],
  [
    'a key of 31 bytes',
    SIGNER.vkey.replace(/[^+]*$/, (key) => Buffer.from(key, 'base64').subarray(1).toString('base64')),
  ],
  ['a name with a space', SIGNER.vkey.replace('/', ' ')],
  ['no name', SIGNER.vkey.replace(/^[^+]*/, '')],
  ['a line more', `${SIGNER.vkey}\n${SIGNER.vkey}`],
])('no vkey: %s', (_, text) => expect(parseVkeyFile(text)).toBeUndefined());
