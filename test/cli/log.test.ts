// `plumb log` and what it takes to write one: shown, followed, exported, redacted, recovered, published; and no secret
// anywhere.

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { inDirectory, jsonLines, plumb, start, type Ran } from './plumb.ts';

const INIT = ['init', '--keys', 'keys', '--seed', 'seed', '--name', 'host.example'];
const DECIDE = ['decide', '--policy', 'coding-agent', '--log', 'log', '--keys', 'keys', '--durability', 'group'];

const agent = { type: 'Agent', id: 'builder' };
const toolContext = { dynamic: false, effect: 'changes', arguments: '0'.repeat(64) };
const REQUESTS = [
  { principal: agent, action: 'file.read', resource: { type: 'File', id: '/srv/a' }, context: { resolved: true } },
  {
    principal: agent,
    action: 'process.exec',
    resource: { type: 'Program', id: 'sh' },
    context: { resolved: false, dynamic: false, program: 'sh', command: 'sh -c "hunter2"' },
  },
  {
    principal: agent,
    action: 'http.request',
    resource: { type: 'Endpoint', id: 'paste.example:443' },
    context: { method: 'POST', tls: true, path: '/hunter2' },
  },
  {
    principal: agent,
    action: 'net.connect',
    resource: { type: 'Endpoint', id: '[::1]:22' },
    context: { protocol: 'tcp' },
  },
  { principal: agent, action: 'tool.call', resource: { type: 'Tool', id: 'shop/buy' }, context: toolContext },
  { principal: agent, action: 'mcp.call', resource: { type: 'Tool', id: 'files/read' }, context: toolContext },
  {
    principal: agent,
    action: 'llm.invoke',
    resource: { type: 'Model', id: 'maker/model' },
    context: { dynamic: false },
  },
  {
    principal: agent,
    action: 'file.read',
    resource: { type: 'File', id: '/srv/\u001b[2J\u202etxt' },
    context: { resolved: true },
  },
];
const INPUT = [...REQUESTS, [REQUESTS[0], { ...REQUESTS[0], action: 'file.create' }]]
  .map((one) => JSON.stringify(one))
  .join('\n');

/** A log of the requests above and one line that is no request, closed. */
async function recorded(directory: string): Promise<Ran> {
  await plumb(INIT, directory);
  const ran = await plumb(DECIDE, directory, `${INPUT}\n{"hunter2"`);
  expect([ran.code, ran.stderr]).toEqual([0, '']);
  return ran;
}

describe('plumb log show', () => {
  test('shows each record on a line, with nothing in it that a terminal would obey', async () => {
    await inDirectory(async (directory) => {
      await recorded(directory);
      const { code, stdout, stderr } = await plumb(['log', 'show', 'log'], directory);
      expect([code, stderr]).toEqual([0, '']);
      const lines = stdout.trimEnd().split('\n');
      expect(lines).toHaveLength(12);
      expect(lines[0]).toMatch(
        /^ {5}0 {2}\d{4}-\d\d-\d\dT.*Z {2}header {3}segment 0 of plumbline\/[0-9a-f]{32}, log 0, durability group$/,
      );
      expect(lines[1]).toMatch(/allow {5}file\.read \/srv\/a {2}\[read-files\]$/);
      expect(lines[3]).toContain('path: "/hunter2"');
      expect(lines[8]).toContain('/srv/\\u{1b}[2J\\u{202e}txt');
      expect(lines[9]).toContain('file.read /srv/a + file.create /srv/a');
      expect(lines[10]).toContain('no request: ');
      expect(lines[11]).toMatch(/close {4}end of input$/);
      expect(stdout).not.toMatch(/[^\n\x20-\x7e]/);
    });
  });

  test('as JSON says all that a record says; and one record alone', async () => {
    await inDirectory(async (directory) => {
      const decided = jsonLines((await recorded(directory)).stdout) as { verdict: string; seq: number }[];
      const all = jsonLines((await plumb(['log', 'show', 'log', '--json'], directory)).stdout) as Record<
        string,
        unknown
      >[];
      expect(all.map(({ type }) => type)).toEqual(['header', ...Array<string>(10).fill('decision'), 'close']);
      expect(all.slice(1, -1).map(({ decision }) => (decision as { verdict: string }).verdict)).toEqual(
        decided.map(({ verdict }) => verdict),
      );
      expect(all[4]).toMatchObject({
        seq: 4,
        request: { action: { type: 'Action', id: 'net.connect' }, context: { protocol: 'tcp' } },
      });
      const one = await plumb(['log', 'show', 'log', '--json', '--seq', '4'], directory);
      expect(jsonLines(one.stdout)).toEqual([all[4]]);
      const none = await plumb(['log', 'show', 'log', '--seq', '99'], directory);
      expect([none.code, none.stderr]).toEqual([1, 'no-record: log has no record 99\n']);
    });
  });

  test('stops at what is no record, and says so', async () => {
    await inDirectory(async (directory) => {
      await recorded(directory);
      writeFileSync(join(directory, 'log', '00000001.cborseq'), Buffer.alloc(10));
      const bytes = readFileSync(join(directory, 'log', '00000000.cborseq'));
      writeFileSync(join(directory, 'log', '00000000.cborseq'), bytes.subarray(0, 1500));
      const { code, stderr } = await plumb(['log', 'show', 'log'], directory);
      expect([code, stderr.split('\n')[0]]).toEqual([
        1,
        expect.stringMatching(/^log-malformed: 00000000\.cborseq, byte \d+: record \d+ should/),
      ]);
    });
  });

  test('names the format of a log that it does not read', async () => {
    await inDirectory(async (directory) => {
      await recorded(directory);
      const bytes = readFileSync(join(directory, 'log', '00000000.cborseq'));
      bytes[bytes.indexOf('plumbline/2') + 10] = 0x31;
      writeFileSync(join(directory, 'log', '00000000.cborseq'), bytes);
      const { code, stderr } = await plumb(['log', 'show', 'log'], directory);
      expect([code, stderr.split('\n')[0]]).toEqual([
        1,
        'log-format: the log is of the format plumbline/1: this version reads plumbline/2',
      ]);
    });
  });
});

test.each([['show'], ['tail'], ['export', '--format', 'otel'], ['recover', '--keys', 'keys']])(
  'plumb log %s waits for no pipe in place of a segment',
  async (...[verb, ...options]) => {
    await inDirectory(async (directory) => {
      await recorded(directory);
      spawnSync('mkfifo', [join(directory, 'log', '00000001.cborseq')]);
      const { code, stderr } = await plumb(['log', verb!, 'log', ...options], directory);
      expect([code, stderr.split(':')[0]]).toEqual([1, verb === 'recover' ? 'log-unwritable' : 'log-unreadable']);
    });
  },
);

describe('plumb log tail', () => {
  test('shows the last records and ends where the log is closed', async () => {
    await inDirectory(async (directory) => {
      await recorded(directory);
      const { code, stdout } = await plumb(['log', 'tail', 'log', '-n', '2'], directory);
      expect([
        code,
        stdout
          .trimEnd()
          .split('\n')
          .map((line) => line.trim().split(' ')[0]),
      ]).toEqual([0, ['10', '11']]);
    });
  });

  test('follows a log that is written, to its close', async () => {
    await inDirectory(async (directory) => {
      await plumb(INIT, directory);
      const writer = start([...DECIDE.slice(0, -1), 'write'], directory);
      writer.stdin.write(`${JSON.stringify(REQUESTS[0])}\n`);
      await once(writer.stdout, 'data');
      const follower = start(['log', 'tail', 'log', '--json'], directory);
      const lines = createInterface({ input: follower.stdout })[Symbol.asyncIterator]();
      const next = async (): Promise<unknown> => JSON.parse((await lines.next()).value as string) as unknown;
      expect([await next(), await next()]).toMatchObject([{ type: 'header' }, { seq: 1 }]);
      writer.stdin.write(`${JSON.stringify(REQUESTS[3])}\n`);
      expect(await next()).toMatchObject({ seq: 2, type: 'decision' });
      writer.stdin.end();
      expect(await next()).toMatchObject({ seq: 3, type: 'close' });
      expect(await once(follower, 'close')).toEqual([0, null]);
    });
  });
});

// By hand from the classes of OCSF 1.9.0 and their includes, as far as these events use them: what must be there, and
// of which type. The published schema is not at hand here; these lists are what was read there.
const BASE = ['activity_id', 'category_uid', 'class_uid', 'metadata', 'severity_id', 'time', 'type_uid'];
const REQUIRED: Record<number, string[]> = {
  1001: ['actor', 'device', 'file'],
  1007: ['actor', 'device', 'process'],
  4001: ['dst_endpoint'],
  4002: ['dst_endpoint', 'http_request'],
  6003: ['actor', 'api', 'src_endpoint'],
};

interface Event {
  class_uid: number;
  category_uid: number;
  activity_id: number;
  type_uid: number;
  severity_id: number;
  action_id: number;
  disposition_id: number;
  time: number;
  metadata: { uid: string; version: string; sequence: number; product: { name: string }; profiles: string[] };
  attestation_list: {
    uid: string;
    chain_uid: string;
    prev_event?: { uid: string; fingerprint: { value: string } };
    fingerprint: { value: string };
  }[];
  unmapped: { plumbline: { leaf: string } };
}

/** RFC 8785, for values without numbers that are no integers. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('plumb log export', () => {
  test('--format ocsf gives an event for each request, as its class asks, chained and bound to the record', async () => {
    await inDirectory(async (directory) => {
      await recorded(directory);
      const { code, stdout, stderr } = await plumb(['log', 'export', 'log', '--format', 'ocsf'], directory);
      expect([code, stderr]).toEqual([0, '']);
      const events = jsonLines(stdout) as Event[];
      expect(events.map(({ class_uid, activity_id }) => `${class_uid}:${activity_id}`)).toEqual([
        '1001:2',
        '1007:1',
        '4002:6',
        '4001:1',
        '6003:99',
        '6003:99',
        '6003:99',
        '1001:2',
        '1001:2',
        '1001:1',
        '6003:99',
      ]);
      const records = jsonLines((await plumb(['log', 'show', 'log', '--json'], directory)).stdout) as {
        offset: number;
        length: number;
        seq: number;
      }[];
      const segment = readFileSync(join(directory, 'log', '00000000.cborseq'));
      let before: Event | undefined;
      for (const event of events) {
        for (const name of [...BASE, ...REQUIRED[event.class_uid]!]) expect(event).toHaveProperty(name);
        expect(event.type_uid).toBe(event.class_uid * 100 + event.activity_id);
        expect(event.category_uid).toBe(Math.floor(event.class_uid / 1000));
        expect([1, 2, 3]).toContain(event.severity_id);
        expect([1, 2]).toContain(event.action_id);
        expect(event.metadata).toMatchObject({ version: '1.9.0', product: { name: 'Plumbline' } });
        const [attestation] = event.attestation_list as [Event['attestation_list'][0]];
        const { fingerprint, ...rest } = attestation;
        expect(fingerprint.value).toBe(sha256(canonical({ ...event, attestation_list: [rest] })));
        expect(attestation.prev_event?.fingerprint.value).toBe(before?.attestation_list[0]!.fingerprint.value);
        const { offset, length } = records[event.metadata.sequence]!;
        const record = Buffer.concat([Buffer.of(0), segment.subarray(offset, offset + length)]);
        expect(event.unmapped.plumbline.leaf).toBe(sha256(record));
        before = event;
      }
      expect(new Set(events.map(({ metadata }) => metadata.uid)).size).toBe(events.length);
    });
  });

  test('--format otel gives log records in OTLP, with the GenAI attributes that apply', async () => {
    await inDirectory(async (directory) => {
      await recorded(directory);
      const { code, stdout } = await plumb(['log', 'export', 'log', '--format', 'otel'], directory);
      expect(code).toBe(0);
      const requests = jsonLines(stdout) as {
        resourceLogs: {
          resource: { attributes: object[] };
          scopeLogs: {
            scope: object;
            logRecords: {
              timeUnixNano: string;
              severityNumber: number;
              body: object;
              attributes: { key: string; value: object }[];
            }[];
          }[];
        }[];
      }[];
      expect(requests).toHaveLength(11);
      const attributes = requests.map(({ resourceLogs: [logs] }) => {
        const [record] = logs!.scopeLogs[0]!.logRecords;
        expect(record!.timeUnixNano).toMatch(/^\d{19}$/);
        expect([9, 13]).toContain(record!.severityNumber);
        const keys = record!.attributes.map(({ key }) => key);
        expect(new Set(keys).size).toBe(keys.length);
        return Object.fromEntries(record!.attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
      });
      expect(attributes[4]).toMatchObject({ 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'buy' });
      expect(attributes[5]).toMatchObject({ 'gen_ai.tool.name': 'read', 'mcp.method.name': 'tools/call' });
      expect(attributes[6]).toMatchObject({
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'maker',
        'gen_ai.request.model': 'model',
        'gen_ai.agent.id': 'builder',
      });
      expect(attributes[0]).toMatchObject({ 'plumbline.verdict': 'allow', 'plumbline.seq': '1' });
    });
  });

  test('gives nothing away that is redacted', async () => {
    await inDirectory(async (directory) => {
      await recorded(directory);
      for (const format of ['ocsf', 'otel']) {
        const { stdout } = await plumb(['log', 'export', 'log', '--format', format], directory);
        expect(stdout).not.toContain('hunter2');
      }
    });
  });
});

test('plumb log redact erases for good; the log verifies, and is not replayed whole', async () => {
  await inDirectory(async (directory) => {
    await recorded(directory);
    const replay = ['replay', 'log', '--key', 'seed', '--policy', 'coding-agent'];
    expect((await plumb(replay, directory)).code).toBe(0);
    for (const seq of ['2', '3', '10']) {
      const { code, stdout } = await plumb(['log', 'redact', 'log', '--seq', seq, '--json'], directory);
      expect([code, (JSON.parse(stdout) as { seq: number }).seq]).toEqual([0, Number(seq)]);
    }
    const again = await plumb(['log', 'redact', 'log', '--seq', '2'], directory);
    expect([again.code, again.stderr.split(':')[0]]).toEqual([1, 'not-disclosed']);
    expect((await plumb(['verify', 'log', '--key', 'seed'], directory)).code).toBe(0);
    expect((await plumb(replay, directory)).code).toBe(7);
    for (const entry of readdirSync(join(directory, 'log'), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) expect(readFileSync(join(entry.parentPath, entry.name), 'latin1')).not.toContain('hunter2');
    }
    expect((await plumb(['log', 'show', 'log', '--seq', '2'], directory)).stdout).toContain('(redacted)');
  });
});

test('a writer that is killed leaves a log that is recovered with the same keys', async () => {
  await inDirectory(async (directory) => {
    await plumb(INIT, directory);
    const writer = start(DECIDE, directory);
    writer.stdin.write(`${JSON.stringify(REQUESTS[0])}\n`);
    await once(writer.stdout, 'data');
    writer.kill('SIGKILL');
    await once(writer, 'close');
    expect((await plumb(['verify', 'log', '--key', 'seed'], directory)).code).toBe(4);
    const refused = await plumb(DECIDE, directory, INPUT);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('plumb log recover')]);
    const { code, stdout } = await plumb(['log', 'recover', 'log', '--keys', 'keys', '--json'], directory);
    expect([code, JSON.parse(stdout)]).toEqual([0, { records: 4, droppedBytes: 0 }]);
    for (const anchors of [
      ['--key', 'seed'],
      ['--pubkey', 'keys/signing.pub'],
    ]) {
      expect((await plumb(['verify', 'log', ...anchors], directory)).code).toBe(0);
    }
  });
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('a writer that is stopped by %s seals its log', async (signal) => {
  await inDirectory(async (directory) => {
    await plumb(INIT, directory);
    const writer = start(DECIDE, directory);
    writer.stdin.write(`${JSON.stringify(REQUESTS[0])}\n{"half": `);
    await once(writer.stdout, 'data');
    const ended = once(writer, 'close');
    writer.kill(signal);
    // As its parent knows from any other process that was told to end.
    expect(await ended).toEqual([null, signal]);
    expect((await plumb(['verify', 'log', '--key', 'seed'], directory)).code).toBe(0);
    const records = jsonLines((await plumb(['log', 'show', 'log', '--json'], directory)).stdout);
    expect(records.map((record) => (record as { type: string }).type)).toEqual(['header', 'decision', 'close']);
    expect(records.at(-1)).toMatchObject({ reason: signal });
  });
});

test.each([
  ['recover', '--keys', 'keys'],
  ['redact', '--seq', '1'],
  ['show'],
  ['tail'],
  ['export', '--format', 'ocsf'],
])('plumb log %s says that there is no log', async (...[verb, ...options]) => {
  await inDirectory(async (directory) => {
    await plumb(INIT, directory);
    const { code, stderr } = await plumb(['log', verb!, 'none', ...options], directory);
    expect([code, stderr]).toEqual([1, 'log-unreadable: none holds no log\n']);
  });
});

test.each(['', 'a b', 'a+b', 'é', 'a\u0007', 'x'.repeat(129)])('a log cannot be called %j', async (origin) => {
  await inDirectory(async (directory) => {
    await plumb(INIT, directory);
    const { code, stderr } = await plumb([...DECIDE, '--origin', origin], directory, INPUT);
    expect([code, stderr.split(' takes')[0]]).toEqual([2, 'usage: --origin']);
    expect(existsSync(join(directory, 'log'))).toBe(false);
  });
});

describe('--publish', () => {
  test('gives each checkpoint to a command, and what it accepted binds', async () => {
    await inDirectory(async (directory) => {
      await plumb(INIT, directory);
      const { code, stderr } = await plumb([...DECIDE, '--publish', 'cat > outside; echo told'], directory, INPUT);
      expect([code, stderr]).toEqual([0, 'told\n']);
      const published = readFileSync(join(directory, 'outside'), 'utf8');
      expect(published).toBe(readFileSync(join(directory, 'log', 'checkpoint'), 'utf8'));
      expect(readFileSync(join(directory, 'log', 'published'), 'utf8')).toBe(published);
      const check = ['verify', 'log', '--pubkey', 'keys/signing.pub', '--checkpoint', 'outside'];
      expect((await plumb(check, directory)).code).toBe(0);
    });
  });

  test('tells of a command that fails, and the log is sealed all the same', async () => {
    await inDirectory(async (directory) => {
      await plumb(INIT, directory);
      const { code, stdout, stderr } = await plumb([...DECIDE, '--publish', 'exit 3'], directory, INPUT);
      expect([code, stderr.split('\n')[0]]).toEqual([1, 'publish-failed: the last checkpoint was not published']);
      expect(jsonLines(stdout)).toHaveLength(9);
      expect(existsSync(join(directory, 'log', 'published'))).toBe(false);
      expect((await plumb(['verify', 'log', '--key', 'seed'], directory)).code).toBe(0);
    });
  });
});

const verify = (source: string): string[] => ['verify', 'log', '--key', source];

describe('a seed', () => {
  test('is taken from a file, an open descriptor or the environment', async () => {
    await inDirectory(async (directory) => {
      await recorded(directory);
      const text = readFileSync(join(directory, 'seed'), 'utf8');
      expect((await plumb(verify('seed'), directory)).code).toBe(0);
      // Standard input is descriptor 0.
      expect((await plumb(verify('fd:0'), directory, text)).code).toBe(0);
      expect((await plumb(verify('env:PLUMB_SEED'), directory, '', { PLUMB_SEED: text })).code).toBe(0);
      const wrong = await plumb(verify('env:PLUMB_SEED'), directory, '', { PLUMB_SEED: `${text.slice(0, -9)}` });
      expect([wrong.code, wrong.stderr]).toEqual([
        1,
        expect.stringMatching(/^key-malformed: env:PLUMB_SEED is not a seed file\n/),
      ]);
    });
  });

  test('given on the command line is refused, and not repeated', async () => {
    await inDirectory(async (directory) => {
      await recorded(directory);
      const [, secret] = /([0-9a-f]{64})/.exec(readFileSync(join(directory, 'seed'), 'utf8')) as unknown as [
        string,
        string,
      ];
      for (const given of [secret, `plumbline-seed-1 ${secret}`]) {
        const { code, stdout, stderr } = await plumb(['verify', 'log', '--key', given], directory);
        expect([code, stdout, stderr.split(':')[0]]).toEqual([2, '', 'usage']);
        expect(stderr).not.toContain(secret.slice(0, 16));
      }
    });
  });

  test('or any other key is in no output, no error and no file of a log', async () => {
    await inDirectory(async (directory) => {
      const outputs: Ran[] = [await recorded(directory)];
      const secrets = ['seed', 'keys/writer', 'keys/signing'].map(
        (file) => /\b([0-9a-f]{64})\b/.exec(readFileSync(join(directory, file), 'utf8'))![1]!,
      );
      for (const args of [
        ['log', 'show', 'log', '--json'],
        ['log', 'export', 'log', '--format', 'ocsf'],
        ['verify', 'log', '--key', 'seed', '--json'],
        ['verify', 'log', '--key', 'keys/writer'],
        ['verify', 'log', '--key', 'keys/signing'],
        ['verify', 'log', '--pubkey', 'seed'],
        ['log', 'recover', 'log', '--keys', 'keys'],
      ]) {
        outputs.push(await plumb(args, directory));
      }
      rmSync(join(directory, 'keys', 'signing'));
      writeFileSync(join(directory, 'keys', 'signing'), `plumbline-signing-1 ${secrets[2]} bad name\n`, {
        mode: 0o600,
      });
      outputs.push(await plumb(DECIDE, directory), await plumb(['log', 'recover', 'log', '--keys', 'keys'], directory));
      const files = readdirSync(join(directory, 'log'), { recursive: true, withFileTypes: true }).filter((entry) =>
        entry.isFile(),
      );
      const texts = [
        ...outputs.flatMap(({ stdout, stderr }) => [stdout, stderr]),
        ...files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1')),
      ].join('\n');
      for (const secret of secrets) {
        expect(texts).not.toContain(secret);
        expect(texts).not.toContain(Buffer.from(secret, 'hex').toString('latin1'));
      }
    });
  });
});

describe('plumb conformance cbor', () => {
  test('counts what the checker says as others do, and what it does not', async () => {
    await inDirectory(async (directory) => {
      const lines = ['{"hex":"00","valid":true}', '{"hex":"1800","valid":false,"why":"a long head"}', ''];
      const good = await plumb(['conformance', 'cbor', '-'], directory, lines.join('\n'));
      expect([good.code, good.stdout]).toEqual([0, 'passed 2 failed 0\n']);
      const bad = await plumb(
        ['conformance', 'cbor', '-'],
        directory,
        [
          ...lines,
          '{"hex":"1800","valid":true}',
          '{"hex":"00","valid":false,"why":"odd"}',
          '{"hex":"0","valid":true}',
          'x',
        ].join('\n'),
      );
      expect([bad.code, bad.stdout.split('\n').slice(-2)]).toEqual([1, ['passed 2 failed 4', '']]);
      expect(bad.stdout).toContain('-:5: 00 was accepted; expected: odd');
      const empty = await plumb(['conformance', 'cbor', '-'], directory, '');
      expect([empty.code, empty.stderr.split(':')[0]]).toEqual([1, 'no-cases']);
    });
  });
});
