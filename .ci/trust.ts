// Owns: verifier/trusted.txt, the digests a release vouches for: its engine and the programs of its presets.
// Call, after a change of engine, compiler or preset: npm run trust.
// Trusts: engine.wasm.sha256, to which every build of the engine is held.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readPolicy } from '../bindings/cli/policy-source.ts';

const file = (path: string): URL => new URL(`../${path}`, import.meta.url);
const presetLine = (name: string): string =>
  `${createHash('sha256').update(readPolicy(name, undefined).program).digest('hex')}  preset ${name}\n`;

/** The text the file should have. */
export function trusted(): string {
  return [
    '# What this release vouches for: the engine and the presets it ships. Written by `npm run trust`.\n',
    readFileSync(file('engine/engine.wasm.sha256'), 'utf8'),
    ...readdirSync(file('bindings/presets')).toSorted().map(presetLine),
  ].join('');
}

if (import.meta.main) writeFileSync(file('verifier/trusted.txt'), trusted());
