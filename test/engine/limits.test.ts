// The engine's memory map (limits.ts): regions are as large as what is written to them, apart, aligned, and inside
// memory.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as limits from '../../engine/assembly/numbers/limits.ts';
import { WASM } from '../../engine/build.ts';

// A copy or load of 8 bytes may begin at the last byte.
const BEYOND = 7;
// SPEC §6.5: a key, an array's head of at most 2 bytes, and pairs of digest (34) and number (9), or digests.
const PAIR_BYTES = 1 + 34 + 9;
const LEDGER_BYTES = 3 * 3 + (limits.USES_MAX + limits.APPROVALS_MAX) * PAIR_BYTES + limits.REVOKED_MAX * 34;
const tableBytes = (entries: number): number => 8 + entries * (32 + 8);
const LINEAGE_BYTES = limits.LINEAGE_MAX * 24;
const CODE_WORDS_MAX = limits.PROGRAM_CAP / 4;

/** The bytes that are written to each region at most. */
const REGIONS: Record<string, number> = {
  REQUEST: limits.REQUEST_CAP,
  RESPONSE: limits.RESPONSE_CAP,
  STATE: limits.STATE_CAP,
  LEVELS: (limits.LAYERS_MAX + 1) * limits.LEVEL_SIZE,
  REQUESTS: limits.TRANSACTION_MAX * limits.REQUEST_SIZE,
  RESULTS: limits.TRANSACTION_MAX * limits.RESULT_SIZE,
  STACK: limits.STACK_MAX * 8,
  FRAMES: (limits.DEPTH_MAX + 1) * limits.FRAME_SIZE,
  SUPPLIED_CACHE: 8 * 8,
  NO_LABELS: 256 / 8,
  ALL_STICKY: 256 / 8,
  // The longest: the array of the layers' digests.
  SCRATCH: 1 + limits.LAYERS_MAX * 34,
  STORE: limits.STORE_MAX * limits.STORE_SIZE,
  STATE_LABELS: limits.STATE_LABELS_BYTES_MAX,
  LEDGER: LEDGER_BYTES,
  USES: tableBytes(limits.USES_MAX),
  APPROVALS: tableBytes(limits.APPROVALS_MAX),
  REVOKED: tableBytes(limits.REVOKED_MAX),
  COUNTINGS: limits.USES_MAX * limits.COUNTING_SIZE,
  SELECTORS: limits.STATE_NAMES_BYTES_MAX,
  LINEAGE_PRINCIPAL: LINEAGE_BYTES,
  LINEAGE_ACTION: LINEAGE_BYTES,
  LINEAGE_RESOURCE: LINEAGE_BYTES,
  // Also the walk of store.ts: three words for each entry.
  LINEAGE_OTHER: Math.max(LINEAGE_BYTES, limits.STORE_MAX * 12),
  HITS: 2 * limits.LINEAGE_MAX * 4,
  OUTCOMES: limits.OUTCOMES_END - limits.OUTCOMES,
  DECISION_ARENA: limits.DECISION_ARENA_END - limits.DECISION_ARENA,
  // Also at load a u16 for each instruction of a policy, and the bytes that an approval's digest is made of.
  POLICY_ARENA: Math.max(
    limits.POLICY_ARENA_END - limits.POLICY_ARENA,
    2 * (CODE_WORDS_MAX + 1),
    64 + limits.REQUEST_CAP,
  ),
  PROGRAM: limits.PROGRAM_CAP,
  LEVEL_ARENA: limits.LEVEL_ARENA_END - limits.LEVEL_ARENA,
};

const addressOf = (region: string): number => (limits as Record<string, number>)[region]!;
const memoryBytes = (): number => {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(readFileSync(WASM))));
  return (exports['memory'] as WebAssembly.Memory).buffer.byteLength;
};

test('every address of limits.ts is that of a region known here', () => {
  const addresses = Object.keys(limits).filter((name) => name !== 'FUEL' && !/_(MAX|CAP|SIZE|BYTES|END)$/.test(name));
  expect(addresses).toEqual(Object.keys(REGIONS));
});

test('regions do not overlap, wide loads and stores included, and lie inside memory', () => {
  const ends = Object.entries(REGIONS).map(([region, bytes]) => [region, addressOf(region) + bytes + BEYOND] as const);
  const next = [...Object.keys(REGIONS).slice(1).map(addressOf), memoryBytes()];
  expect(ends.filter(([, end], index) => end > next[index]!)).toEqual([]);
});

test('regions are aligned to 8', () => {
  expect(Object.keys(REGIONS).filter((region) => addressOf(region) % 8 !== 0)).toEqual([]);
});

test('records hold their fields', () => {
  // level.ts: 32 buckets of three addresses from byte 96 on, and a word; request.ts: nine words; result.ts: three sets
  // of labels from byte 96 on, and two words.
  expect(limits.LEVEL_SIZE).toBeGreaterThanOrEqual(96 + 32 * 12 + 4);
  expect(limits.REQUEST_SIZE).toBeGreaterThanOrEqual(9 * 4);
  expect(limits.RESULT_SIZE).toBeGreaterThanOrEqual(96 + (3 * limits.LABELS_MAX) / 8 + 8);
  expect(limits.FRAME_SIZE).toBeGreaterThanOrEqual(5 * 4);
});

test('what the compiler places below the first region fits there', () => {
  const folder = fileURLToPath(new URL('../../engine/assembly', import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const sizes = files.flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(/memory\.data(?:<u(\d+)>\(\[([^\]]*)\]|\((\d+))/g)].map(
      ([, bits, items, bytes]) =>
        bytes === undefined
          ? (items!.replaceAll(/\/\/.*/g, '').match(/\w+/g)!.length * Number(bits)) / 8
          : Number(bytes),
    ),
  );
  // Each may be aligned to 16 at most; the compiler begins at 1024.
  const end = 1024 + sizes.reduce((sum, size) => sum + Math.ceil(size / 16) * 16, 0);
  expect(sizes.length).toBeGreaterThan(10);
  expect(end).toBeLessThanOrEqual(limits.REQUEST);
});
