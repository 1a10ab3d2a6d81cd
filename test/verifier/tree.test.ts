// Trees in pieces against RFC 6962 straight from its definition.
import { expect, test } from 'vitest';
import { join, SegmentLeaves, Tree } from '../../verifier/log/tree.ts';
import { sha256, treeRoot } from '../vectors/log/write.ts';

const LEAVES = Array.from({ length: 70_000 }, (_, i) => sha256(Buffer.from(String(i))));
const tileRoot = (hashes: Uint8Array) =>
  treeRoot(Array.from({ length: 256 }, (_, i) => Buffer.from(hashes.subarray(i * 32, i * 32 + 32))));
const bytesOf = (leaves: Buffer[]) => Buffer.concat(leaves);
const rootAt = (size: number) => treeRoot(LEAVES.slice(0, size));

test('the root of any number of leaves up to 600', () => {
  const tree = new Tree(tileRoot);
  for (let size = 0; size <= 600; size++) {
    expect(Buffer.from(tree.root()), `${size}`).toEqual(rootAt(size));
    tree.append(0, LEAVES[size]!);
  }
});

// Bounds of segments, sizes at which a root is wanted, and how many leaves come at a time.
test.each([
  [[0, 70_000], [1, 255, 256, 257, 65_536, 65_537, 69_999, 70_000], 1_000],
  [[0, 1, 2, 3, 4], [1, 2, 3, 4], 1],
  [[0, 100, 256, 300, 511, 513, 1_024, 1_100], [50, 100, 256, 257, 512, 1_000, 1_100], 7],
  [[0, 3, 700, 701, 66_000], [2, 3, 4, 256, 700, 701, 768, 65_536, 66_000], 333],
  [[0, 65_536, 65_792, 66_000], [65_536, 65_600, 65_792], 10_000],
])('segments %j, roots at %j, %i at a time', (bounds, stops, atATime) => {
  const tree = new Tree(tileRoot);
  const roots = new Map<number, Uint8Array>();
  const tiles: string[] = [];
  for (let segment = 0; segment + 1 < bounds.length; segment++) {
    const [start, end] = [bounds[segment]!, bounds[segment + 1]!];
    expect(tree.size).toBe(start);
    const leaves = new SegmentLeaves(tileRoot, start, stops);
    for (let at = start; at < end; at += atATime) leaves.add(bytesOf(LEAVES.slice(at, Math.min(at + atATime, end))));
    for (const [size, root] of join(tree, leaves.result())) roots.set(size, root);
    for (const { level, index } of [...leaves.finished, ...tree.finished.splice(0)]) tiles.push(`${level}/${index}`);
  }
  const size = bounds.at(-1)!;
  expect(Buffer.from(tree.root())).toEqual(rootAt(size));
  expect([...roots.keys()].toSorted((a, b) => a - b)).toEqual(stops);
  for (const stop of stops) expect(Buffer.from(roots.get(stop)!), `${stop}`).toEqual(rootAt(stop));
  const whole = [0, 1].flatMap((level) =>
    Array.from({ length: Math.floor(size / 256 ** (level + 1)) }, (_, index) => `${level}/${index}`),
  );
  expect(tiles.toSorted()).toEqual(whole.toSorted());
  const unfinished = tree.unfinished().map(({ level, index, hashes }) => [level, index, hashes.length / 32]);
  const wanted = [0, 1, 2].map((level) => {
    const hashes = Math.floor(size / 256 ** level);
    return [level, Math.floor(hashes / 256), hashes % 256];
  });
  expect(unfinished).toEqual(wanted.filter(([, , count]) => count! > 0));
});
