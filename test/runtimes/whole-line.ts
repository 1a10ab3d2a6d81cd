// Owns: the whole line in one runtime: compile, decide, record, verify, replay, with a made-up clock and randomness.
// Call: <runtime> whole-line.ts DIRECTORY. Prints what must be the same in every runtime, as JSON.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Request } from '../../bindings/request.ts';
import { hostRuntime } from '../../bindings/runtime/index.ts';
import { createSeed } from '../../bindings/log/seed.ts';
import { createKeys } from '../../bindings/log/writer-keys.ts';
import { openSession } from '../../bindings/session.ts';
import { compile } from '../../engine/compiler/index.ts';
import { replayLog, verifyLog } from '../../verifier/index.ts';

const directory = process.argv[2]!;
const text = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const source = (path: string): { name: string; text: string } => ({ name: path, text: text(path) });
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const compiled = compile({
  schema: source('engine/schema/domain.cedarschema'),
  policies: [source('bindings/presets/coding-agent/policy.cedar')],
  labels: [source('bindings/presets/coding-agent/labels.cedar')],
  authority: 'none',
});
if ('diagnostics' in compiled) throw new Error(JSON.stringify(compiled.diagnostics));
const { policy } = compiled;

const file = (action: string, id: string): Request => ({
  principal: { type: 'Agent', id: 'é' },
  action,
  resource: { type: 'File', id },
  context: { resolved: false },
});
const REQUESTS: (Request | Request[] | Uint8Array)[] = [
  file('file.read', '/work/README.md'),
  file('file.write', '/work/naïve/𝄞.txt'),
  [file('file.read', '/work/a'), file('file.create', '/work/b')],
  file('file.read', '/home/agent/.ssh/id_rsa'),
  {
    principal: { type: 'Agent', id: 'é' },
    action: 'net.connect',
    resource: { type: 'Endpoint', id: '[2001:db8::1]:443' },
    context: { protocol: 'tcp', address: { __extn: { fn: 'ip', arg: '2001:db8::1' } } },
  },
  file('file.read', '/work/../etc/passwd'),
  Uint8Array.of(0xa6, 0xff),
];

let timeMs = 1_700_000_000_000;
const runtime = {
  ...(await hostRuntime()),
  now: () => (timeMs += 7),
  random: (length: number) => new Uint8Array(length).fill(7),
};
const seed = createSeed(runtime);
const keys = createKeys(`${directory}-keys`, seed, runtime);
const session = openSession({
  policy,
  log: { directory, durability: 'write' },
  keys,
  adapter: 'runtimes',
  runtime,
});
const decisions = [];
for (const request of REQUESTS) decisions.push(await session.mediate(request));
await session.close('done');

const engine = readFileSync(new URL('../../engine/engine.wasm', import.meta.url));
const trust = new Map([
  [sha256(engine), 'engine'],
  [sha256(policy.program), 'program'],
]);
console.log(
  JSON.stringify({
    program: sha256(policy.program),
    decisions,
    log: sha256(readFileSync(join(directory, '00000000.cborseq'))),
    // How it hashed is the runtime's own.
    verified: { ...(await verifyLog(directory, { seed: seed.bytes() })), hashing: undefined },
    replayed: {
      ...(await replayLog(directory, { seed: seed.bytes(), trusted: trust, timeoutMs: 60_000 })),
      hashing: undefined,
    },
  }),
);
