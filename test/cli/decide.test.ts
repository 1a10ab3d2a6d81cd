import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { EXAMPLE, inDirectory, jsonLines, plumb, start, type Ran } from './plumb.ts';

const POLICY = ['--policy', 'coding-agent'];
const LOG = ['--log', 'log', '--keys', 'keys', '--durability', 'write'];
const INIT = ['init', '--keys', 'keys', '--seed', 'seed'];
const KEY = ['--key', 'seed'];

interface Decision {
  verdict: string;
  code: string;
  seq?: number;
  ref?: string;
  message?: string;
  transaction?: Decision[];
}

const read = (id: string): object => ({
  principal: { type: 'Agent', id: 'a' },
  action: 'file.read',
  resource: { type: 'File', id },
  context: { resolved: false },
});

const decide = async (input: string | Uint8Array): Promise<Ran & { decisions: Decision[] }> => {
  const ran = await inDirectory((directory) => plumb(['decide', ...POLICY], directory, input));
  return { ...ran, decisions: jsonLines(ran.stdout) as Decision[] };
};

describe('plumb decide', () => {
  // Issue 4: a walk up from a tile to a log named by one letter did not end.
  test.each(['l', './l', 'l/', '.'])('seals a log called %s', (log) =>
    inDirectory(async (parent) => {
      await plumb(INIT, parent);
      const directory = join(parent, 'here');
      mkdirSync(directory);
      const args = ['decide', ...POLICY, '--log', log, '--keys', '../keys', '--durability', 'write'];
      expect((await plumb(args, directory, '{}')).code).toBe(0);
      expect((await plumb(['verify', log, '--key', '../seed'], directory)).code).toBe(0);
    }),
  );

  test('decides a line at a time, in order, and goes on after a bad one', async () => {
    const lines = [
      JSON.stringify(read('/srv/a')),
      '{"principal": ',
      '',
      'not json',
      JSON.stringify({ ...read('/srv/a'), extra: 1 }),
      JSON.stringify({ ...read('/srv/../a'), ref: 'the fifth' }),
    ];
    const { code, decisions } = await decide(lines.join('\n'));
    expect(code).toBe(0);
    expect(decisions.map((decision) => [decision.verdict, decision.code])).toEqual([
      ['allow', 'permitted'],
      ['block', 'malformed-request'],
      ['block', 'malformed-request'],
      ['block', 'malformed-request'],
      ['block', 'non-canonical-name'],
    ]);
    expect(decisions[3]!.message).toContain('extra');
    expect(decisions[4]!.ref).toBe('the fifth');
  });

  test('takes one request over several lines, and lines ended in the manner of Windows', async () => {
    const whole = await decide(JSON.stringify(read('/srv/a'), undefined, 2));
    const windows = await decide(`${JSON.stringify(read('/srv/a'))}\r\n`);
    expect([...whole.decisions, ...windows.decisions].map(({ verdict }) => verdict)).toEqual(['allow', 'allow']);
  });

  test('takes an array for a transaction', async () => {
    const { decisions } = await decide(JSON.stringify([read('/srv/a'), { ...read('/etc/x'), action: 'file.write' }]));
    expect(decisions.map(({ verdict, transaction }) => [verdict, transaction?.map(({ code }) => code)])).toEqual([
      ['block', ['transaction', 'forbidden']],
    ]);
  });

  test('takes bytes for text only: a request in CBOR would choose its own time', async () => {
    await inDirectory(async (directory) => {
      await plumb(INIT, directory);
      const { stdout } = await plumb(['decide', ...POLICY, ...LOG], directory, Uint8Array.of(0xa6, 0x00, 0x01));
      expect(jsonLines(stdout)).toMatchObject([{ verdict: 'block', code: 'malformed-request' }]);
      // Recorded is what was decided: U+FFFD for the byte that is no text. It stands in the disclosure, as what is no
      // request may hold anything.
      expect(readFileSync(join(directory, 'log', 'disclosures', '00000000.cborseq')).toString('hex')).toContain(
        'efbfbd0001',
      );
    });
  });

  test('answers a line before the next one comes', async () => {
    await inDirectory(async (directory) => {
      const child = start(['decide', ...POLICY], directory);
      const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      for (const id of ['/srv/a', '/srv/b']) {
        child.stdin.write(`${JSON.stringify({ ...read(id), ref: id })}\n`);
        expect(JSON.parse((await answers.next()).value as string)).toMatchObject({ verdict: 'allow', ref: id });
      }
      child.stdin.end();
      expect(await once(child, 'close')).toEqual([0, null]);
    });
  });
});

/** Imports the example and decides it into a log under a key of its own. */
async function recorded(directory: string): Promise<Decision[]> {
  await plumb(INIT, directory);
  const requests = await plumb(['import', 'swe-agent', EXAMPLE], directory);
  const ran = await plumb(['decide', ...POLICY, ...LOG], directory, requests.stdout);
  expect([ran.code, ran.stderr]).toEqual([0, '']);
  return jsonLines(ran.stdout) as Decision[];
}

describe('a log', () => {
  test('is written by decide, checked by verify and repeated by replay', async () => {
    await inDirectory(async (directory) => {
      const decisions = await recorded(directory);
      expect(decisions.map(({ seq }) => seq)).toEqual(decisions.map((_, index) => index + 1));

      const verified = await plumb(['verify', 'log', ...KEY, '--json'], directory);
      expect([verified.code, JSON.parse(verified.stdout)]).toMatchObject([
        0,
        { status: 'authenticated', sealed: true, records: decisions.length + 2 },
      ]);
      expect((await plumb(['verify', 'log'], directory)).code).toBe(8);

      const replayed = await plumb(['replay', 'log', ...KEY, ...POLICY, '--json'], directory);
      expect([replayed.code, JSON.parse(replayed.stdout)]).toMatchObject([0, { replayed: decisions.length }]);
    });
  });

  test('is replayed only by what is trusted', async () => {
    await inDirectory(async (directory) => {
      await plumb(INIT, directory);
      writeFileSync(join(directory, 'p.cedar'), 'permit(principal, action, resource);');
      const own = ['--policy', 'p.cedar', '--authority', 'none'];
      await plumb(['decide', ...own, ...LOG], directory, JSON.stringify(read('/srv/a')));
      expect((await plumb(['replay', 'log', ...KEY], directory)).code).toBe(7);
      expect((await plumb(['replay', 'log', ...KEY, ...own], directory)).code).toBe(0);

      const line = await plumb(['policy', 'compile', 'p.cedar', '--authority', 'none'], directory);
      writeFileSync(join(directory, 'trust'), line.stdout);
      expect((await plumb(['replay', 'log', ...KEY, '--trust', 'trust'], directory)).code).toBe(0);
      writeFileSync(join(directory, 'trust'), 'p.cedar');
      const bad = await plumb(['replay', 'log', '--trust', 'trust'], directory);
      expect([bad.code, bad.stderr.split('\n')[0]]).toEqual([
        1,
        'trust-malformed: trust:1 is not a line of a trust file',
      ]);
    });
  });

  test('that was changed is named with the record', async () => {
    await inDirectory(async (directory) => {
      await recorded(directory);
      const file = join(directory, 'log', '00000000.cborseq');
      const bytes = readFileSync(file);
      bytes[bytes.length - 40]! ^= 1;
      writeFileSync(file, bytes);
      const { code, stdout } = await plumb(['verify', 'log', ...KEY], directory);
      expect([3, 6]).toContain(code);
      expect(stdout).toMatch(/record \d+, 00000000\.cborseq, byte \d+/);
    });
  });

  test('is not begun in a directory that holds anything', async () => {
    await inDirectory(async (directory) => {
      await recorded(directory);
      const { code, stdout, stderr } = await plumb(
        ['decide', ...POLICY, ...LOG],
        directory,
        JSON.stringify(read('/srv/a')),
      );
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^log-[a-z-]+: /);
    });
  });

  test('is sealed when the reader of the decisions goes away', async () => {
    await inDirectory(async (directory) => {
      await plumb(INIT, directory);
      const child = start(['decide', ...POLICY, ...LOG], directory);
      child.stdin.on('error', () => {});
      const line = `${JSON.stringify(read('/srv/a'))}\n`;
      child.stdin.write(line);
      await once(child.stdout, 'data');
      child.stdout.destroy();
      child.stdin.write(line.repeat(2000));
      expect(await once(child, 'close')).toEqual([0, null]);
      const verified = await plumb(['verify', 'log', ...KEY, '--json'], directory);
      expect(verified.code).toBe(0);
      expect((JSON.parse(verified.stdout) as { records: number }).records).toBeLessThan(2000);
    });
  });
});
