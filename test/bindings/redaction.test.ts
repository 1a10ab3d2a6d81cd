// Redaction: what stands in the record, what the disclosure gives back, and that the two are bound to the exact request
// (SPEC §9.6).

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Decoder } from 'cbor-x';
import { describe, expect, test } from 'vitest';
import { compile, sensitiveOf, type Policy } from '../../engine/compiler/index.ts';
import { eraseDisclosure } from '../../bindings/log/erase.ts';
import { LIMITS } from '../../bindings/log/limits.ts';
import { runtime as node } from '../../bindings/runtime/node.ts';
import type { Request } from '../../bindings/request.ts';
import { Session } from '../../bindings/session.ts';
import { replayLog, verifyLog } from '../../verifier/index.ts';
import { readByHand, sha256, type Body } from './by-hand.ts';
import { hex } from './bytes.ts';
import { inTemporary, options, repeatable, SEED } from './setting.ts';
import { standIn } from './stand-in.ts';

const read = (path: string): Buffer => readFileSync(new URL(`../../${path}`, import.meta.url));
const SECRET = 'rm -rf / --token=hunter2';

function compiled(): Policy {
  const result = compile({
    schema: { name: 'domain.cedarschema', text: read('engine/schema/domain.cedarschema').toString() },
    policies: [{ name: 'policy.cedar', text: 'permit (principal, action, resource);' }],
    labels: [],
    authority: 'none',
  });
  if ('diagnostics' in result) throw new Error(JSON.stringify(result.diagnostics));
  return result.policy;
}
const policy = compiled();

const exec = (command: string): Request => ({
  principal: { type: 'Agent', id: 'a' },
  action: 'process.exec',
  resource: { type: 'File', id: '/bin/sh' },
  context: { resolved: true, dynamic: false, program: 'sh', command },
});
const plain: Request = {
  principal: { type: 'Agent', id: 'a' },
  action: 'file.read',
  resource: { type: 'File', id: '/x' },
  context: { resolved: true },
};

/** Randomness that never repeats, so that a salt used twice would show. */
function counting(): (length: number) => Uint8Array {
  let count = 0;
  return (length) => new Uint8Array(length).fill(++count);
}

const withSession = <T>(body: (session: Session, log: string) => Promise<T>): Promise<T> =>
  inTemporary(async (parent) => {
    const log = join(parent, 'log');
    const runtime = { ...repeatable(node, read('engine/engine.wasm')), random: counting() };
    return body(
      new Session({ ...options(runtime, log), policy }, { ...LIMITS, segmentBytesMax: 2000, epochRecordsMax: 5 }),
      log,
    );
  });

const decisions = (log: string): Body[] =>
  readByHand(log, SEED)
    .filter(({ type }) => type === 1)
    .map(({ body }) => body);

const replay = (log: string) =>
  replayLog(log, {
    seed: SEED,
    trusted: new Map([
      [hex(sha256(read('engine/engine.wasm'))), 'engine'],
      [hex(sha256(policy.program)), 'program'],
    ]),
    timeoutMs: 60_000,
  });

type Disclosure = [seq: number, salt: Uint8Array, openings: [name: string, salt: Uint8Array, value: unknown][]];

const disclosures = (log: string): Disclosure[] =>
  readdirSync(join(log, 'disclosures'))
    .toSorted()
    .flatMap(
      (name) =>
        new Decoder({ mapsAsObjects: false }).decodeMultiple(
          readFileSync(join(log, 'disclosures', name)),
        ) as Disclosure[],
    );

/** Everything under a directory, as one text. */
const textsIn = (directory: string): string =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');

test('the domain marks what is sensitive', () =>
  expect(sensitiveOf(policy.program)).toEqual(['path', 'target', 'command']));

test('a sensitive value is committed to, not recorded, and the commitment is that of SPEC §9.6', () =>
  withSession(async (session, log) => {
    await session.mediate(exec(SECRET));
    await session.close('done');
    const [body] = decisions(log) as [Body];
    const [[seq, salt0, openings]] = disclosures(log) as [Disclosure];
    const [name, salt, value] = openings[0]!;
    expect([seq, openings.length, name, value]).toEqual([1, 1, 'command', SECRET]);
    expect(hex(salt0)).not.toBe(hex(salt));
    // By hand: [salt, name, value], then the request with the value in the commitment's place.
    const encodedValue = Buffer.concat([Buffer.from([0x78, SECRET.length]), Buffer.from(SECRET)]);
    const committed = Buffer.concat([
      Buffer.from([0x83, 0x50]),
      salt,
      Buffer.from([0x67]),
      Buffer.from('command'),
      encodedValue,
    ]);
    const commitment = Buffer.concat([Buffer.from('a1065820', 'hex'), sha256(committed)]);
    const stored = Buffer.from(body.get(0) as Uint8Array);
    const at = stored.indexOf(commitment);
    expect(at).toBeGreaterThan(0);
    const exact = Buffer.concat([stored.subarray(0, at), encodedValue, stored.subarray(at + commitment.length)]);
    expect(hex(body.get(5) as Uint8Array)).toBe(hex(sha256(salt0, exact)));
  }));

test('nothing but the disclosure holds the value; when it is erased, nothing does', () =>
  withSession(async (session, log) => {
    for (let turn = 0; turn < 12; turn++) await session.mediate(turn % 3 === 0 ? exec(`${SECRET} ${turn}`) : plain);
    await session.close('done');
    expect(await replay(log)).toMatchObject({ status: 'authenticated', replayed: 12 });
    expect(readdirSync(join(log, 'disclosures')).length).toBeGreaterThan(1);
    const secret = /hunter2/;
    expect(textsIn(log)).toMatch(secret);

    const seqs = disclosures(log).map(([seq]) => seq);
    expect(eraseDisclosure(log, seqs[1]!, node)).toEqual(['command']);
    expect(disclosures(log).map(([seq]) => seq)).toEqual(seqs.filter((_, index) => index !== 1));
    expect(await verifyLog(log, { seed: SEED })).toMatchObject({ status: 'authenticated' });
    // Replay goes on where the log states the state again.
    const { status, replayed } = await replay(log);
    expect([status, replayed > 6, replayed < 12]).toEqual(['not-replayed', true, true]);
    expect(() => eraseDisclosure(log, seqs[1]!, node)).toThrow(expect.objectContaining({ code: 'not-disclosed' }));

    for (const seq of seqs.filter((_, index) => index !== 1)) eraseDisclosure(log, seq, node);
    expect(textsIn(log)).not.toMatch(secret);
    expect(await verifyLog(log, { seed: SEED })).toMatchObject({ status: 'authenticated' });
  }));

test('of a transaction every request is redacted', () =>
  withSession(async (session, log) => {
    const answer = await session.mediate([exec('one'), plain, exec('two')]);
    await session.close('done');
    expect(answer.verdict).toBe('allow');
    expect(disclosures(log)[0]![2].map(([name, , value]) => [name, value])).toEqual([
      ['command', 'one'],
      ['command', 'two'],
    ]);
    expect(await replay(log)).toMatchObject({ status: 'authenticated', replayed: 1 });
  }));

test('bytes that are no request are redacted whole', () =>
  withSession(async (session, log) => {
    const raw = Buffer.from(`{"command": "${SECRET}"`);
    expect(await session.mediate(raw)).toMatchObject({ code: 'malformed-request' });
    await session.mediate({ ...exec(SECRET), context: { command: 0.5 } });
    await session.close('done');
    const [first] = decisions(log) as [Body];
    expect(hex(first.get(0) as Uint8Array)).toMatch(/^a1065820.{64}$/);
    const [seq, salt0, [opening]] = disclosures(log)[0]!;
    expect([seq, opening![0], Buffer.from(opening![2] as Uint8Array).toString()]).toEqual([1, '', raw.toString()]);
    expect(hex(first.get(5) as Uint8Array)).toBe(hex(sha256(salt0, raw)));
    expect(await replay(log)).toMatchObject({ status: 'authenticated', replayed: 2 });
  }));

test('a request in bytes of its own is redacted like any other', () =>
  withSession(async (session, log) => {
    await session.mediate(exec('x'));
    const stored = decisions(log)[0]!.get(0) as Uint8Array;
    const opened = Buffer.from(stored)
      .toString('hex')
      .replace(/a1065820.{64}/, '6178');
    await session.mediate(Buffer.from(opened, 'hex'));
    await session.close('done');
    expect(disclosures(log).map(([, , openings]) => openings[0]![2])).toEqual(['x', 'x']);
  }));

describe('where nothing is sensitive', () => {
  test('in a request, it is recorded as it is', () =>
    withSession(async (session, log) => {
      await session.mediate(plain);
      await session.close('done');
      expect([decisions(log)[0]!.has(5), existsSync(join(log, 'disclosures'))]).toEqual([false, false]);
    }));

  test('in a schema, bytes that are no request are too', () =>
    inTemporary(async (parent) => {
      const log = join(parent, 'log');
      const session = new Session(options(repeatable(node, standIn({ packed: 0x506 })), log));
      await session.close('done');
      expect(existsSync(join(log, 'disclosures'))).toBe(false);
    }));
});

test('no salt is used twice', () =>
  withSession(async (session, log) => {
    for (let turn = 0; turn < 4; turn++) await session.mediate([exec('same'), exec('same')]);
    await session.close('done');
    const salts = disclosures(log).flatMap(([, salt0, openings]) => [salt0, ...openings.map(([, salt]) => salt)]);
    expect(new Set(salts.map(hex)).size).toBe(12);
  }));

test('an open log is not redacted', () =>
  withSession(async (session, log) => {
    await session.mediate(exec('x'));
    expect(() => eraseDisclosure(log, 1, node)).toThrow(expect.objectContaining({ code: 'log-locked' }));
    await session.close('done');
  }));
