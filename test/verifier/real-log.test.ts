// A log written by the recorder with the real engine and the shipped preset, of several epochs and segments, with
// redacted requests: verified, replayed, damaged, and forged by whoever has the keys.
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../bindings/log/limits.ts';
import { Seed } from '../../bindings/log/seed.ts';
import { createKeys } from '../../bindings/log/writer-keys.ts';
import type { Request } from '../../bindings/request.ts';
import { hostRuntime } from '../../bindings/runtime/index.ts';
import { Session } from '../../bindings/session.ts';
import { compile } from '../../engine/compiler/index.ts';
import { parseVkeyFile, replayLog, verifyLog } from '../../verifier/index.ts';
import type { Vkey } from '../../verifier/index.ts';
import { frameRecord } from '../../verifier/record/frame.ts';
import type { Frame } from '../../verifier/record/frame.ts';
import { PayloadReader } from '../../verifier/record/payload.ts';
import type { Decided } from '../../verifier/record/payload.ts';
import { LogWriter, Signer, encode, fields, rootOf } from '../vectors/log/write.ts';
import { generator } from './generator.ts';
import { verifyInMemory, withFiles } from './log-directory.ts';

const SEED = new Uint8Array(32).fill(3);
const ORIGIN = 'plumbline/real';
const PATHS = ['/work/a.ts', '/work/b/c.md', '/etc/shadow', '/work/../etc', '/home/agent/.ssh/id_rsa', '/work/.env'];
const ACTIONS = ['file.read', 'file.write', 'file.delete', 'file.rename', 'tool.call', 'nothing'];
const TURNS = 60;

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

type Files = Record<string, Uint8Array>;

function replaced(bytes: Uint8Array, from: string, to: string): Buffer {
  return Buffer.from(Buffer.from(bytes).toString('hex').replace(from, to), 'hex');
}

async function writeSession(limits: Partial<typeof LIMITS>): Promise<{ files: Files; vkey: Vkey }> {
  const random = generator(11);
  const request = (): Request => ({
    principal: { type: 'Agent', id: 'a' },
    action: ACTIONS[random(ACTIONS.length)]!,
    resource: { type: 'File', id: PATHS[random(PATHS.length)]! },
    context: { resolved: random(2) === 0 },
  });
  const command = (): Request => ({
    principal: { type: 'Agent', id: 'a' },
    action: 'process.exec',
    resource: { type: 'File', id: '/bin/sh' },
    context: { resolved: true, command: `ls token-${random(1000)}` },
  });
  return withFiles({}, async (parent) => {
    const directory = join(parent, 'log');
    const runtime = await hostRuntime();
    const session = new Session(
      {
        policy: policy(),
        log: { directory, durability: 'write', origin: ORIGIN },
        keys: createKeys(join(parent, 'keys'), new Seed(SEED), runtime),
        adapter: 'test',
        runtime,
      },
      { ...LIMITS, ...limits },
    );
    for (let turn = 0; turn < TURNS; turn++) {
      const kind = random(7);
      const asked = [[request(), request()], Buffer.alloc(random(40)), command(), [command(), command()]][kind];
      await session.mediate(asked ?? request());
    }
    await session.close('done');
    const names = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = names.map((entry) => join(entry.parentPath, entry.name));
    const files = Object.fromEntries(
      paths.map((path) => [path.slice(directory.length + 1), new Uint8Array(readFileSync(path))]),
    );
    return { files, vkey: parseVkeyFile(readFileSync(join(parent, 'keys/signing.pub'), 'utf8'))! };
  });
}

const trustAll = (files: Files) => new Map(Object.keys(files).map((name) => [name.replace('blobs/', ''), 'test']));
const replay = (files: Files) =>
  withFiles(files, (directory) => replayLog(directory, { seed: SEED, trusted: trustAll(files), timeoutMs: 60_000 }));
const segmentsOf = (files: Files) =>
  Object.keys(files)
    .filter((name) => /^\d{8}\.cborseq$/.test(name))
    .toSorted();

describe('a log of many epochs and segments', () => {
  let files: Files;
  let vkey: Vkey;

  beforeAll(async () => {
    ({ files, vkey } = await writeSession({ epochRecordsMax: 9, segmentBytesMax: 4_000, checkpointRecordsMax: 5 }));
  });

  test('has what it is to have', () => {
    expect(segmentsOf(files).length).toBeGreaterThan(3);
    const names = Object.keys(files);
    expect(names).toContain('checkpoint');
    expect(names.some((name) => name.startsWith('tile/0/'))).toBe(true);
    expect(names.some((name) => name.startsWith('disclosures/'))).toBe(true);
  });

  test('is authentic, sealed and replays to the same bytes, redacted requests included', async () => {
    const report = await replay(files);
    expect(report).toMatchObject({ status: 'authenticated', replayed: TURNS, skipped: 0, erased: 0, origin: ORIGIN });
    expect(report.records).toBeGreaterThan(TURNS + 10);
    expect(report.authenticated).toBe(report.records);
    expect(report.verdicts.allow).toBeGreaterThan(0);
    expect(report.verdicts.block).toBeGreaterThan(0);
  });

  test('is the same in threads and on its own key', async () => {
    const alone = await verifyInMemory(files, { vkey, checkpoint: files['checkpoint']! });
    expect(alone).toMatchObject({ status: 'authenticated', authenticated: alone.records });
    const parallel = await withFiles(files, (directory) => verifyLog(directory, { seed: SEED, vkey }));
    expect(parallel).toEqual(alone);
  });

  test('200 seeded bit flips and 100 seeded cuts of any file are refused, by the seed and by the key (seed 17)', async () => {
    const random = generator(17);
    const names = Object.keys(files);
    const anchors = [{ seed: SEED }, { vkey, checkpoint: files['checkpoint']! }];
    for (let round = 0; round < 300; round++) {
      const name = names[random(names.length)]!;
      const bytes = files[name]!;
      const at = random(bytes.length);
      const changed = round < 200 ? Uint8Array.from(bytes) : bytes.slice(0, at);
      if (round < 200) changed[at]! ^= 1 << random(8);
      const { status } = await verifyInMemory({ ...files, [name]: changed }, anchors[round % 2]!);
      // A disclosure that is gone whole is erased, as it may be.
      const mayPass = round >= 200 && name.startsWith('disclosures/') ? ['authenticated'] : [];
      expect(['tampered', 'malformed', ...mayPass], `round ${round}: ${name} at ${at}`).toContain(status);
    }
  });

  test('without disclosures the requests that were redacted are not replayed, nor what depends on them', async () => {
    const kept = Object.fromEntries(Object.entries(files).filter(([name]) => !name.startsWith('disclosures/')));
    expect(await verifyInMemory(kept, { seed: SEED })).toMatchObject({ status: 'authenticated' });
    const report = await replay(kept);
    expect(report).toMatchObject({ status: 'not-replayed', sealed: true });
    expect(report.erased).toBeGreaterThan(0);
    expect(report.skipped).toBeGreaterThan(report.erased);
    // The snapshots let it go on.
    expect(report.replayed).toBeGreaterThan(0);
    expect(report.replayed + report.skipped).toBe(TURNS);
  });

  test('a file of disclosures is closed wherever its segment ends early', async () => {
    // More bytes than are read for one disclosure, so that the end of the file is not reached.
    const [name, bytes] = Object.entries(files).find(([path]) => path.startsWith('disclosures/'))!;
    const long = Buffer.concat([bytes, new Uint8Array(200_000)]);
    await withFiles({ ...files, [name]: long }, async (directory) => {
      expect(await verifyLog(directory, { seed: SEED })).toMatchObject({ status: 'malformed' });
      const open = readdirSync('/proc/self/fd').map((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`);
        } catch {
          return '';
        }
      });
      expect(open.filter((path) => path.startsWith(directory))).toEqual([]);
    });
  });

  test('no command is in it but in its disclosures', () => {
    for (const [name, bytes] of Object.entries(files)) {
      const found = Buffer.from(bytes).includes('token-');
      expect(found, name).toBe(name.startsWith('disclosures/'));
    }
  });
});

describe('a writer that has every key and lies is found by replay alone', () => {
  let files: Files;
  let log: Buffer;
  const frames: Frame[] = [];
  const signer = new Signer(Buffer.alloc(32, 4), 'plumbline/thief');

  beforeAll(async () => {
    ({ files } = await writeSession({}));
    log = Buffer.from(files['00000000.cborseq']!);
    for (let at = 0; at < log.length; at = frames.at(-1)!.end) {
      frames.push(frameRecord(log, at, log.length) as Frame);
    }
  });

  const decided = (seq: number) => {
    const { payload, tag } = frames[seq]!;
    const read = new PayloadReader(log).read(payload, tag - 2);
    return 'body' in read && read.body.type === 'decision' ? read.body : undefined;
  };

  // The records that short decisions are as. To change one changes those, too.
  const bases = () =>
    new Set(
      frames.map(({ payload, tag }) => {
        const read = new PayloadReader(log).read(payload, tag - 2);
        return 'body' in read && read.body.type === 'short decision' ? read.body.base : undefined;
      }),
    );

  interface Lie {
    request?: Uint8Array;
    decision?: Uint8Array;
    state?: Uint8Array;
  }

  // Tags every record again with the right key and signs the whole, one decision record changed on the way.
  function forge(seq: number, lie: (body: Decided) => Lie): Files {
    const writer = new LogWriter(SEED, ORIGIN);
    for (const [index, frame] of frames.entries()) {
      const payload = log.subarray(frame.payload, frame.tag - 2);
      const body = index === seq ? decided(seq)! : undefined;
      if (!body) {
        writer.payload(index === 0 ? signedBy(payload) : payload);
        continue;
      }
      const told = lie(body);
      const kept = {
        0: told.request ?? log.subarray(body.request, body.requestEnd),
        1: told.decision ?? log.subarray(body.decision, body.decisionEnd),
        2: 'test',
        3: body.timeMs,
        4: told.state ?? log.subarray(body.stateDigest, body.stateDigest + 32),
      };
      writer.payload(encode([1, seq, 0, fields(kept)]));
    }
    const checkpoint = signer.checkpoint(ORIGIN, frames.length, rootOf(writer.records));
    const rest = Object.entries(files).filter(([name]) => !name.startsWith('tile/'));
    return { ...Object.fromEntries(rest), '00000000.cborseq': Buffer.concat(writer.records), checkpoint };
  }

  // The header with the thief's vkey, which is as long as the writer's.
  function signedBy(payload: Uint8Array): Uint8Array {
    const bytes = Buffer.from(payload);
    const at = bytes.indexOf('plumbline/', bytes.indexOf(ORIGIN) + ORIGIN.length);
    const length = bytes.readUInt8(at - 1);
    const head = Buffer.concat([Buffer.of(0x78, signer.vkey.length), Buffer.from(signer.vkey)]);
    return Buffer.concat([bytes.subarray(0, at - 2), head, bytes.subarray(at + length)]);
  }

  // Not redacted, and not the last: those would need a disclosure, or fail elsewhere.
  const plain = (...holds: string[]) =>
    frames.findIndex(({ payload, tag }, seq) => {
      const body = decided(seq);
      if (seq < 5 || !body || body.redacted !== undefined || body.verdicts.length > 1 || bases().has(seq)) return false;
      return holds.every((hex) => log.subarray(payload, tag).includes(Buffer.from(hex, 'hex')));
    });
  // Block by a forbid of level 0, and allow; the beginning of an action, and another.
  const FORBIDDEN = 'ad000601020200';
  const PERMITTED = 'ad0000010002f6';
  const FILE = Buffer.from('file.').toString('hex');
  const FILM = Buffer.from('film.').toString('hex');

  test('about a verdict', async () => {
    const seq = plain(FORBIDDEN);
    const forged = forge(seq, (body) => ({
      decision: replaced(log.subarray(body.decision, body.decisionEnd), FORBIDDEN, PERMITTED),
    }));
    const verified = await verifyInMemory(forged, { seed: SEED });
    expect(verified.status, JSON.stringify(verified)).toBe('authenticated');
    expect(await replay(forged)).toMatchObject({
      status: 'diverged',
      replayed: seq - 1,
      divergence: { seq, part: 'decision' },
    });
  });

  test('about a request', async () => {
    const seq = plain(FORBIDDEN, FILE);
    const forged = forge(seq, ({ request, requestEnd }) => ({
      request: replaced(log.subarray(request, requestEnd), FILE, FILM),
    }));
    expect(await replay(forged)).toMatchObject({ status: 'diverged', divergence: { seq } });
  });

  test('about a state', async () => {
    const seq = plain();
    const forged = forge(seq, () => ({ state: Buffer.alloc(32) }));
    expect(await replay(forged)).toMatchObject({ status: 'diverged', divergence: { seq, part: 'state', at: 0 } });
  });

  test('but not without the blobs, by replay or otherwise', async () => {
    const named = Object.entries(files).filter(([name]) => name.startsWith('blobs/')).length;
    const rest = Object.fromEntries(Object.entries(files).filter(([name]) => !name.startsWith('blobs/')));
    const report = await verifyInMemory(rest, { seed: SEED });
    expect(report).toMatchObject({ status: 'not-replayed', authenticated: report.records, sealed: true });
    expect(report.missing.length).toBe(named);
  });
});
