// Owns: verifier/trusted.txt, the digests a release vouches for: its engine and the programs of its presets.
// Call, after a change of engine, compiler or preset: npm run trust.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readPolicy } from '../bindings/cli/policy-source.ts';

const file = (path: string): URL => new URL(`../${path}`, import.meta.url);
const line = (bytes: Uint8Array, name: string): string =>
  `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`;

/** The text the file should have, for the engine as built. */
export function trusted(): string {
  const presets = readdirSync(file('bindings/presets')).toSorted();
  return [
    '# What this release vouches for: the engine and the presets it ships. Written by `npm run trust`.\n',
    line(readFileSync(file('engine/engine.wasm')), 'engine.wasm'),
    ...presets.map((name) => line(readPolicy(name, undefined).program, `preset ${name}`)),
  ].join('');
}

if (import.meta.main) writeFileSync(file('verifier/trusted.txt'), trusted());
