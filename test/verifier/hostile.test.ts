// Logs made to cost their reader much: each gets its status, and takes little memory. What time they take, hostile.ts
// prints.
import { expect, test } from 'vitest';
import { ofRing } from '../ring.ts';
import { HOSTILE, costOf, verifying, withHostile } from './hostile.ts';

const MIB_MORE = 64;

const bare = await costOf(['-e', 'new (require("node:worker_threads").Worker)("0", {eval: true})']);
const proper = await withHostile(
  () => {},
  (directory) => costOf(verifying(directory)),
);
console.log(`Node with a thread: ${bare.memoryMib} MiB; a proper log: ${proper.memoryMib} MiB`);

test('a proper log is authenticated', () => {
  expect(proper.exit).toBe(0);
  expect(proper.memoryMib).toBeLessThan(bare.memoryMib + MIB_MORE);
});

// What takes files by the hundred thousand, and most of the others, the rest runs.
const FIRST = ['log number 2^20', 'as many epochs as a segment may end', 'a blob of 3 GiB', 'a segment that is a pipe'];
const logs = ofRing(Object.entries(HOSTILE), ([name]) => FIRST.includes(name));

test.each(logs.map(([name, [exit, put]]) => [name, exit, put] as const))('%s', async (_, exit, put) => {
  const cost = await withHostile(put, (directory) => costOf(verifying(directory)));
  expect(cost.exit).toBe(exit);
  // Beyond what reading the sources takes.
  expect(cost.memoryMib - proper.memoryMib).toBeLessThan(MIB_MORE);
});
