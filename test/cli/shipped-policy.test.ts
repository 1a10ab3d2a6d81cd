// The compiled form of a preset counts for the sources it was made from, and for nothing else.

import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readPolicy, readSources } from '../../bindings/cli/policy-source.ts';
import { shippedPolicy, shippedText } from '../../bindings/cli/shipped-policy.ts';
import { compile, type Policy, type PolicySources } from '../../engine/compiler/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PRESETS = readdirSync(join(root, 'bindings/presets'));

function fresh(sources: PolicySources): Policy {
  const { name, text } = sources.schema;
  const compiled = compile({ ...sources, schema: { name, text } });
  if ('policy' in compiled) return compiled.policy;
  throw new Error(JSON.stringify(compiled.diagnostics));
}

test.each(PRESETS)('the preset %s is what its sources compile to, schema too', (name) => {
  expect(readPolicy(name, undefined)).toEqual(fresh(readSources(name, undefined)));
});

const longer = ([file, ...others]: PolicySources['policies']) => [{ ...file!, text: `${file!.text}\n` }, ...others];

function changed(text: string, from: RegExp, to: string): string {
  expect(text).toMatch(from);
  return text.replace(from, to);
}

describe('a compiled form', () => {
  const sources = readSources('run', undefined);
  const text = shippedText(fresh(sources));
  const directory = mkdtempSync(join(tmpdir(), 'plumbline-shipped-'));
  const path = join(directory, 'compiled.json');
  beforeEach(() => writeFileSync(path, text));
  afterEach(() => rmSync(path, { recursive: true }));
  afterAll(() => rmSync(directory, { recursive: true }));

  test('counts for its sources, wherever they lie', () => {
    const elsewhere = { ...sources, policies: sources.policies.map((file) => ({ ...file, name: 'elsewhere' })) };
    expect(shippedPolicy(directory, elsewhere)?.program).toEqual(fresh(sources).program);
  });

  test.each<[what: string, sources: PolicySources]>([
    ['a schema', { ...sources, schema: { ...sources.schema, text: `${sources.schema.text}\n` } }],
    ['a policy', { ...sources, policies: longer(sources.policies) }],
    ['a label policy', { ...sources, labels: longer(sources.labels) }],
    ['an additional file', { ...sources, policies: [...sources.policies, { name: 'more.cedar', text: '' }] }],
    ['labels that are policies', { ...sources, policies: [...sources.policies, ...sources.labels], labels: [] }],
    ['authority', { ...sources, authority: 'none' }],
    ['a link', { ...sources, links: [{ templateId: 'a', newId: 'b', values: {} }] }],
  ])('counts for no others: %s', (_what, others) => {
    expect(shippedPolicy(directory, others)).toBeUndefined();
  });

  // Issue F: a pipe was waited for, a large file read whole, and a damaged one compiled anew in silence.
  test.each<[what: string, put: () => void]>([
    ['a program', () => writeFileSync(path, changed(text, /(?<="program": "UExNQg)./, 'C'))],
    ['its sources', () => writeFileSync(path, changed(text, /(?<="sources": ")./, 'x'))],
    ['its end', () => writeFileSync(path, text.slice(0, 1000))],
    ['null', () => writeFileSync(path, 'null')],
    ['a large file', () => appendFileSync(path, ' '.repeat(1 << 20))],
    ['a pipe', () => (rmSync(path), execFileSync('mkfifo', [path]))],
    ['a directory', () => (rmSync(path), mkdirSync(path))],
  ])('is refused if it is not as it was made: %s (F)', (_what, put) => {
    put();
    expect(() => shippedPolicy(directory, sources)).toThrow(
      expect.objectContaining({ code: 'preset-damaged', hint: expect.any(String) }),
    );
  });
});

describe('an installation', () => {
  const copy = mkdtempSync(join(tmpdir(), 'plumbline-presets-'));
  afterAll(() => rmSync(copy, { recursive: true }));
  for (const part of ['bindings', 'engine', 'kernel-adapters', 'verifier', 'package.json'])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));

  /** Whether Cedar's code was loaded, and how many policies the program has that are called so. */
  const read = (name: string, id: string): { loaded: boolean; named: boolean } => {
    const script = `
      import { createRequire } from 'node:module';
      import { readPolicy } from ${JSON.stringify(join(copy, 'bindings/cli/policy-source.ts'))};
      const program = Buffer.from(readPolicy(${JSON.stringify(name)}, undefined).program);
      const loaded = Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('cedar-wasm'));
      process.stdout.write(JSON.stringify({ loaded, named: program.includes(${JSON.stringify(id)}) }));
    `;
    return JSON.parse(
      execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }),
    ) as never;
  };

  test('does not load Cedar for a preset', () => {
    expect(read('coding-agent', 'added-by-hand')).toEqual({ loaded: false, named: false });
  });

  test('has a preset that was edited take effect', () => {
    const added =
      '\n@id("added-by-hand")\nforbid (principal, action, resource) when { context.labels.contains("x") };\n';
    appendFileSync(join(copy, 'bindings/presets/coding-agent/policy.cedar'), added);
    expect(read('coding-agent', 'added-by-hand')).toEqual({ loaded: true, named: true });
  });

  // Issue F: without its labels, a preset let through what it blocks.
  test('refuses a preset whose labels are gone', () => {
    rmSync(join(copy, 'bindings/presets/coding-agent/labels.cedar'));
    expect(() => read('coding-agent', 'added-by-hand')).toThrow('policy-unreadable');
  });
});
