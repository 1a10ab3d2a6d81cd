// The SIMD module itself: the recorded bytes, and nothing in it that it does not need.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { WASM } from './log-directory.ts';

const module = await WebAssembly.compile(WASM);

test('is the recorded bytes', () => {
  const recorded = readFileSync(new URL('../../verifier/sha256/sha256.wasm.sha256', import.meta.url), 'utf8');
  expect(recorded).toBe(`${createHash('sha256').update(WASM).digest('hex')}  sha256.wasm\n`);
});

test('imports nothing', () => expect(WebAssembly.Module.imports(module)).toEqual([]));

test('has memory for its layout, which cannot grow', async () => {
  const exports = (await WebAssembly.instantiate(module)).exports as Record<string, () => number>;
  const memory = exports['memory'] as unknown as WebAssembly.Memory;
  expect(() => memory.grow(1)).toThrow(RangeError);
  const LANES = 4;
  const STAGE_BYTES = 65_536 + 256;
  expect(exports['key_ptr']!() + 64 + LANES * STAGE_BYTES).toBeLessThanOrEqual(memory.buffer.byteLength);
  // No record is shorter than 46 bytes, so a full window has no more of them than there are frames.
  expect(Math.floor(exports['window_cap']!() / 46)).toBeLessThanOrEqual(exports['frames_cap']!());
});
