// Owns: what a release vouches for and ships compiled: verifier/trusted.txt, the digests of its engine and of its
// presets' programs, and beside the sources of each preset its compiled form.
// Call, after a change of engine, compiler, schema or preset: npm run trust.
// Trusts: engine.wasm.sha256, to which every build of the engine is held.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readSources } from '../bindings/cli/policy-source.ts';
import { SHIPPED_FILE, shippedText } from '../bindings/cli/shipped-policy.ts';
import { compile, type Policy } from '../engine/compiler/index.ts';

const file = (path: string): URL => new URL(`../${path}`, import.meta.url);

/** From the sources, whatever is shipped beside them. */
function compiled(preset: string): Policy {
  const result = compile(readSources(preset, undefined));
  if ('policy' in result) return result.policy;
  throw new Error(`${preset}: ${result.diagnostics[0]!.message}`);
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The files, by path, with the text each should have. */
export function trusted(): Map<string, string> {
  const presets = readdirSync(file('bindings/presets')).toSorted();
  const policies = presets.map((name) => [name, compiled(name)] as const);
  const list = [
    '# What this release vouches for: the engine and the presets it ships. Written by `npm run trust`.\n',
    readFileSync(file('engine/engine.wasm.sha256'), 'utf8'),
    ...policies.map(([name, { program }]) => `${sha256(program)}  preset ${name}\n`),
  ].join('');
  const shipped = policies.map(
    ([name, policy]) => [`bindings/presets/${name}/${SHIPPED_FILE}`, shippedText(policy)] as const,
  );
  return new Map([['verifier/trusted.txt', list], ...shipped]);
}

if (import.meta.main) for (const [path, text] of trusted()) writeFileSync(file(path), text);
