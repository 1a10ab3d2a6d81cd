// A log written by the recorder with the real engine and the shipped preset: verified, replayed, damaged, and forged by whoever has
// the key.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Key } from '../../bindings/key.ts';
import type { Request } from '../../bindings/request.ts';
import { hostRuntime } from '../../bindings/runtime/index.ts';
import { openSession } from '../../bindings/session.ts';
import { compile } from '../../engine/compiler/index.ts';
import { replayLog, verifyLog } from '../../verifier/index.ts';
import { frameRecord } from '../../verifier/frame.ts';
import type { Frame } from '../../verifier/frame.ts';
import { openLog } from '../../verifier/log-files.ts';
import { readPayload } from '../../verifier/payload.ts';
import type { Decided } from '../../verifier/payload.ts';
import { verifyFiles } from '../../verifier/verify.ts';
import { LogWriter, encode, fields } from '../vectors/log/write.ts';
import { generator } from './generator.ts';
import { inMemory, withFiles } from './log-directory.ts';

const SEED = new Uint8Array(32).fill(3);
const ORIGIN = 'plumbline/real';
const SEGMENT = '00000000.cborseq';
const PATHS = ['/work/a.ts', '/work/b/c.md', '/etc/shadow', '/work/../etc', '/home/agent/.ssh/id_rsa', '/work/.env'];
const ACTIONS = ['file.read', 'file.write', 'file.delete', 'file.rename', 'tool.call', 'nothing'];

const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const source = (name: string) => ({ name, text: text(name) });

function policy() {
  const compiled = compile({
    schema: source('engine/schema/domain.cedarschema'),
    policies: [source('bindings/presets/coding-agent/policy.cedar')],
    labels: [source('bindings/presets/coding-agent/labels.cedar')],
    authority: 'none',
  });
  if ('diagnostics' in compiled) throw new Error(JSON.stringify(compiled.diagnostics));
  return compiled.policy;
}

async function writeSession(): Promise<Record<string, Uint8Array>> {
  const random = generator(11);
  const request = (): Request => ({
    principal: { type: 'Agent', id: 'a' },
    action: ACTIONS[random(ACTIONS.length)]!,
    resource: { type: 'File', id: PATHS[random(PATHS.length)]! },
    context: { resolved: random(2) === 0 },
  });
  return withFiles({}, async (parent) => {
    const directory = join(parent, 'log');
    const session = openSession({
      policy: policy(),
      log: { directory, durability: 'write', origin: ORIGIN },
      key: new Key(SEED),
      adapter: 'test',
      runtime: await hostRuntime(),
    });
    for (let turn = 0; turn < 60; turn++) {
      const kind = random(6);
      await session.mediate(kind === 0 ? [request(), request()] : kind === 1 ? Buffer.alloc(random(40)) : request());
    }
    await session.close('done');
    const files: Record<string, Uint8Array> = { [SEGMENT]: readFileSync(join(directory, SEGMENT)) };
    for (const name of await openLog(directory).blobs()) {
      files[`blobs/${name}`] = readFileSync(join(directory, 'blobs', name));
    }
    return files;
  });
}

let files: Record<string, Uint8Array>;
let log: Buffer;
const starts: number[] = [];
const frames: Frame[] = [];
const recordAt = (offset: number) => starts.findLastIndex((start) => start <= offset);
const trusted = () => new Map(Object.keys(files).map((name) => [name.replace('blobs/', ''), 'test']));
const replay = (segment: Uint8Array) =>
  withFiles({ ...files, [SEGMENT]: segment }, (directory) =>
    replayLog(directory, { seed: SEED, trusted: trusted(), timeoutMs: 60_000 }),
  );
const verify = (segment: Uint8Array) => verifyFiles(inMemory({ ...files, [SEGMENT]: segment }), SEED, () => undefined);

beforeAll(async () => {
  files = await writeSession();
  log = Buffer.from(files[SEGMENT]!);
  for (let at = 0; at < log.length; at = frames.at(-1)!.end) {
    starts.push(at);
    frames.push(frameRecord(log, at) as Frame);
  }
});

test('it is authentic, sealed and replays to the same bytes', async () => {
  const report = await replay(log);
  expect(report).toMatchObject({ status: 'authenticated', records: 62, replayed: 60, origin: ORIGIN });
  expect(report.verdicts.allow).toBeGreaterThan(0);
  expect(report.verdicts.block).toBeGreaterThan(0);
});

test('200 seeded bit flips and 50 seeded cuts are refused, the record named (seed 17)', async () => {
  const random = generator(17);
  for (let round = 0; round < 200; round++) {
    const flipped = Buffer.from(log);
    const at = random(log.length);
    flipped[at]! ^= 1 << random(8);
    const { status, fault } = await verify(flipped);
    expect(['tampered', 'malformed'], `byte ${at}`).toContain(status);
    expect(fault?.seq, `byte ${at}`).toBe(recordAt(at));
  }
  for (let round = 0; round < 50; round++) {
    const length = random(log.length);
    const { status, fault } = await verify(log.subarray(0, length));
    const atBoundary = length > 0 && starts.includes(length);
    expect([status, fault?.seq], `length ${length}`).toEqual(
      atBoundary ? ['unsealed', undefined] : ['malformed', recordAt(length)],
    );
  }
});

// Tags every record again with the right key, one decision record changed on the way.
function forge(seq: number, change: (decided: Decided) => Uint8Array): Uint8Array {
  const writer = new LogWriter(SEED, ORIGIN);
  for (const [index, frame] of frames.entries()) {
    const payload = log.subarray(frame.payload, frame.tag - 2);
    const read = readPayload(payload);
    if (index === seq && 'body' in read) writer.payload(change(read.body as Decided));
    else writer.payload(payload);
  }
  return Buffer.concat(writer.records);
}

const again = (seq: number, { request, decision, stateDigest }: Decided) =>
  encode([1, seq, 0, fields({ 0: request, 1: decision, 2: 'test', 3: 0, 4: stateDigest })]);

describe('a writer that has the key and lies is found by replay alone', () => {
  test('about a verdict', async () => {
    const seq = frames.findIndex((frame) => {
      const read = readPayload(log.subarray(frame.payload, frame.tag - 2));
      return 'body' in read && read.body.type === 'decision' && read.body.verdicts[0] === 'block';
    });
    const forged = forge(seq, (decided) => {
      const decision = Buffer.from(decided.decision);
      const verdict = decision.indexOf('ac0006', 'hex') + 2;
      decision[verdict] = 0;
      return again(seq, { ...decided, decision });
    });
    expect((await verify(forged)).status).toBe('authenticated');
    expect(await replay(forged)).toMatchObject({
      status: 'diverged',
      replayed: seq - 1,
      divergence: { seq, part: 'decision' },
    });
  });

  test('about a request', async () => {
    const forged = forge(7, (decided) => again(7, { ...decided, request: Buffer.of(0xa0) }));
    expect(await replay(forged)).toMatchObject({ status: 'diverged', divergence: { seq: 7 } });
  });

  test('about a state', async () => {
    const forged = forge(9, (decided) => again(9, { ...decided, stateDigest: Buffer.alloc(32) }));
    expect(await replay(forged)).toMatchObject({ status: 'diverged', divergence: { seq: 9, part: 'state', at: 0 } });
  });
});

test('without its blobs it is authentic but not replayed', async () => {
  const report = await withFiles({ [SEGMENT]: log }, (directory) => verifyLog(directory, { seed: SEED }));
  expect(report).toMatchObject({ status: 'not-replayed', authenticated: true, sealed: true });
  expect(report.missing.length).toBe(Object.keys(files).length - 1);
});
