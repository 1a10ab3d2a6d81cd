import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readLine } from '../../bindings/conformance/case.ts';
import { Judge } from '../../bindings/conformance/judge.ts';
import { hostRuntime } from '../../bindings/runtime/index.ts';
import { describeShared } from '../shared.ts';
import { inDirectory, plumb } from './plumb.ts';

const SCHEMA = `entity Group;
entity User in [Group] = {
  boss?: User, age?: Long, since?: datetime, net?: ipaddr, odd?: { fn: String, arg: String }, pals?: Set<User>,
} tags decimal;
entity Color enum ["red"];
action view appliesTo { principal: User, resource: User, context: { wait?: duration, at?: { user: User } } };
`;
const U = { type: 'User', id: 'u' };
const VIEW = { type: 'Action', id: 'view' };
const ALLOWED = { decision: 'allow', reason: ['policy0'], errors: [] };

interface Parts {
  policies?: string;
  schema?: string;
  entities?: unknown;
  context?: unknown;
  expected?: object;
}

/** One line of one request. Marked integers ("#9") lose their quotes, as no number of JavaScript holds them all. */
const line = (
  name: string,
  { policies = '', schema = SCHEMA, entities = [], context = {}, expected }: Parts,
): string => {
  const request = { principal: U, action: VIEW, resource: U, context, ...(expected ?? ALLOWED) };
  const json = JSON.stringify({ name, policies, schema, entities, shouldValidate: true, requests: [request] });
  return json.replace(/"#(-?[\d.]+)"/g, '$1');
};

const permit = (condition: string): string => `permit (principal, action, resource) when { ${condition} };`;
const user = (attrs: object, more: object = {}): unknown[] => [{ uid: U, attrs, parents: [], ...more }];

interface Tally {
  cases: number;
  requests: number;
  passed: number;
  failed: number;
  failures: { case: string; request?: number; got?: object; problem?: string }[];
}

const cedar = async (lines: string[], ...args: string[]) =>
  inDirectory((directory) => plumb(['conformance', 'cedar', '-', ...args], directory, lines.join('\n')));

const tallyOf = async (lines: string[]): Promise<Tally & { code: number | null }> => {
  const { code, stdout } = await cedar(lines, '--json');
  return { ...(JSON.parse(stdout) as Tally), code };
};

const EXTN = (fn: string, arg: string) => ({ __extn: { fn, arg } });
const OFFSET = { fn: 'offset', args: [EXTN('datetime', '1970-01-01'), EXTN('duration', '-8101986847143815834ms')] };

// Each is true only if the data is read as Cedar reads it.
const READINGS: [name: string, parts: Parts][] = [
  [
    'an entity by the schema',
    { policies: permit('principal.boss == User::"b"'), entities: user({ boss: { type: 'User', id: 'b' } }) },
  ],
  [
    'an entity by escape',
    {
      policies: permit('principal.boss == User::"b"'),
      entities: user({ boss: { __entity: { type: 'User', id: 'b' } } }),
    },
  ],
  [
    'entities in a set',
    { policies: permit('principal.pals.contains(User::"b")'), entities: user({ pals: [{ type: 'User', id: 'b' }] }) },
  ],
  [
    'an entity in a record of the context',
    { policies: permit('context.at.user == User::"b"'), context: { at: { user: { type: 'User', id: 'b' } } } },
  ],
  [
    'an ip as text',
    { policies: permit('principal.net.isInRange(ip("10.0.0.0/8"))'), entities: user({ net: '10.1.2.3' }) },
  ],
  [
    'an ip by escape',
    { policies: permit('principal.net.isInRange(ip("10.0.0.0/8"))'), entities: user({ net: EXTN('ip', '10.1.2.3') }) },
  ],
  [
    'a call without escape',
    {
      policies: permit('principal.net.isInRange(ip("10.0.0.0/8"))'),
      entities: user({ net: { fn: 'ip', arg: '10.1.2.3' } }),
    },
  ],
  [
    'a duration of the context as text',
    { policies: permit('context.wait == duration("90m")'), context: { wait: '1h30m' } },
  ],
  [
    'a decimal tag as text',
    { policies: permit('principal.getTag("t") == decimal("0.50")'), entities: user({}, { tags: { t: '0.5' } }) },
  ],
  [
    'a date before the calendar',
    { policies: permit('principal.since < datetime("0000-01-01")'), entities: user({ since: { __extn: OFFSET } }) },
  ],
  [
    'attributes called fn and arg',
    { policies: permit('principal.odd.arg == "x"'), entities: user({ odd: { fn: 'ip', arg: 'x' } }) },
  ],
  [
    'an integer beyond 2^53',
    { policies: permit('principal.age == 9223372036854775807'), entities: user({ age: '#9223372036854775807' }) },
  ],
  [
    'a parent',
    {
      policies: permit('principal in Group::"g"'),
      entities: user({}, { parents: [{ __entity: { type: 'Group', id: 'g' } }] }),
    },
  ],
  [
    'a type the schema lacks',
    {
      policies: permit('Nobody::"n" has a'),
      entities: [{ uid: { type: 'Nobody', id: 'n' }, attrs: { a: EXTN('ip', '::1') }, parents: [] }],
    },
  ],
  ['an entity said twice', { policies: permit('true'), entities: [...user({ age: 1 }), ...user({ age: 1 })] }],
  [
    'errors without order',
    {
      policies: `${permit('true')} ${permit('principal.age > 1')} ${permit('principal.boss has a')}`,
      expected: { decision: 'allow', reason: ['policy0'], errors: ['policy2', 'policy1'] },
    },
  ],
];

// What cannot be put to the core is a failure that says why.
const PROBLEMS: [problem: string, text: string][] = [
  ['"name" is not text', '{}'],
  ['-:3 is not JSON', '{'],
  ['"entities" is not a list', line('x', { entities: {} })],
  ['neither allow nor deny: "Allow"', line('x', { expected: { decision: 'Allow' } })],
  ['"reason" is not a list: absent', line('x', { expected: { decision: 'allow' } })],
  ['not-compiled: x.cedar:1:8: ', line('x', { policies: 'perhaps;' })],
  ['not-compiled: x.cedarschema:1:8: ', line('x', { schema: 'entity ;' })],
  ['not an entity of the store: 1', line('x', { entities: [1] })],
  ['not an entity: {"type":"User"}', line('x', { entities: [{ uid: { type: 'User' }, attrs: {}, parents: [] }] })],
  ['not the text of a ip: "10.1"', line('x', { entities: user({ net: '10.1' }) })],
  ['not the text of a pi: "::1"', line('x', { entities: user({ net: EXTN('pi', '::1') }) })],
  ['not the offset of a datetime', line('x', { entities: user({ since: { fn: 'offset', args: ['a', 'b'] } }) })],
  ['not a value of Cedar: null', line('x', { entities: user({ age: null }) })],
  ['not a value of Cedar: "9223372036854775808"', line('x', { entities: user({ age: '#9223372036854775808' }) })],
  ['not a value of Cedar: "not an integer"', line('x', { entities: user({ age: '#1.5' }) })],
  ['nested more than 64 deep', line('x', { entities: user({ pals: JSON.parse('['.repeat(70) + ']'.repeat(70)) }) })],
  ['not Unicode', line('x', { context: { at: 'LONE' } }).replace('LONE', '\\ud800')],
  [
    'request-too-large: the request has 50',
    line('x', { policies: permit('true'), entities: user({ odd: { fn: 'x'.repeat(50_000), arg: '' } }) }),
  ],
  ['malformed-request', line('x', { policies: permit('true'), entities: [...user({}), ...user({ age: 1 })] })],
];

describe('plumb conformance cedar', () => {
  test('reads data as Cedar does', async () => {
    const { code, failures, ...counts } = await tallyOf(READINGS.map(([name, parts]) => line(name, parts)));
    expect(failures).toEqual([]);
    const count = READINGS.length;
    expect([code, counts]).toEqual([0, { cases: count, requests: count, passed: count, failed: 0 }]);
  });

  test.each([
    ['the decision', { decision: 'deny', reason: ['policy0'], errors: [] }],
    ['a reason', { decision: 'allow', reason: ['policy1'], errors: [] }],
    ['a missing reason', { decision: 'allow', reason: ['policy0', 'policy1'], errors: [] }],
    ['an error', { decision: 'allow', reason: ['policy0'], errors: ['policy1'] }],
  ])('compares %s', async (_, expected) => {
    const { code, stdout } = await cedar([
      line('good', { policies: permit('true') }),
      line('bad', { policies: permit('true'), expected }),
    ]);
    const { decision, reason, errors } = expected;
    expect([code, stdout]).toEqual([
      1,
      `bad, request 1\n  expected  ${decision}, reasons ${JSON.stringify(reason)}, errors ${JSON.stringify(errors)}\n` +
        '  got       allow, reasons ["policy0"], errors []\n\ncases 2 requests 2 passed 1 failed 1\n',
    ]);
  });

  test.each([
    ['these', PROBLEMS.slice(0, 10)],
    ['and these', PROBLEMS.slice(10)],
  ])('counts what it cannot ask as failed, and says why: %s', async (_, some) => {
    const good = line('good', { policies: permit('true') });
    const { code, cases, failed, failures } = await tallyOf([good, ...some.map(([, text]) => text)]);
    expect([code, cases, failed]).toEqual([1, some.length + 1, some.length]);
    expect(failures.map(({ problem }) => problem)).toEqual(some.map(([problem]) => expect.stringContaining(problem)));
  });

  test('a fault of ours is one failure, and the next case is judged', async () => {
    const judge = new Judge(await hostRuntime());
    const good = readLine(line('x', { policies: permit('true') }), 'x');
    // Stands for a bug of the compiler: it trusts its sources to be text.
    const bad = { ...good, policies: { name: 'x.cedar', text: null as unknown as string } };
    expect(judge.judge(bad)).toMatchObject([{ request: 1, problem: expect.stringMatching(/^bug: /) }]);
    expect(judge.judge(good)).toEqual([]);
  });

  test('names the first ten failures and counts the others', async () => {
    const { stdout } = await cedar(Array.from({ length: 12 }, (_, index) => line(`case ${index}`, {})));
    expect(stdout.match(/^case \d+/gm)).toHaveLength(10);
    expect(stdout).toMatch(/\n\nand 2 more\n\ncases 12 requests 12 passed 0 failed 12\n$/);
  });

  test('reads a directory as the tests lie upstream, and a file that is missing is a failure', async () => {
    await inDirectory(async (directory) => {
      const one = JSON.parse(line('x', { policies: permit('true') })) as { requests: unknown[] };
      for (const folder of ['tests/deep', 'corpus-tests', 'data'])
        mkdirSync(join(directory, folder), { recursive: true });
      const write = (path: string, text: string) => writeFileSync(join(directory, path), text);
      const named = (policies: string, entities: string) =>
        JSON.stringify({ policies, entities, schema: 'data/s.cedarschema', requests: one.requests });
      write('data/s.cedarschema', SCHEMA);
      write('data/e.json', '[]');
      write('corpus-tests/c.entities.json', '[]');
      write('corpus-tests/c.cedar', permit('true'));
      write('corpus-tests/c.json', named('corpus-tests/c.cedar', 'corpus-tests/c.entities.json'));
      write('tests/deep/1.json', named('corpus-tests/c.cedar', 'data/e.json'));
      write('tests/deep/2.json', named('data/none.cedar', 'data/e.json'));
      const { code, stdout } = await plumb(['conformance', 'cedar', '.'], directory);
      expect([code, stdout]).toEqual([
        1,
        'tests/deep/2.json\n  unreadable: data/none.cedar cannot be read\n\ncases 3 requests 3 passed 2 failed 1\n',
      ]);
    });
  });

  test.each([
    ['no-cases: . holds no cases', ['.'], 1],
    ['no-cases: - holds no cases', ['-'], 1],
    ['unreadable: nowhere cannot be read (ENOENT)', ['nowhere'], 1],
    ["usage: missing required argument 'FILE|DIR'", [], 2],
  ])('%s', async (text, args, exit) => {
    const { code, stdout, stderr } = await inDirectory((directory) =>
      plumb(['conformance', 'cedar', ...args], directory),
    );
    expect([code, stdout, stderr.split('\n')[0]]).toEqual([exit, '', text]);
  });
});

describeShared('the tests of Cedar', 'cedar', (path) => {
  test('written by hand', async () => {
    const { code, stdout, stderr } = await inDirectory((directory) => plumb(['conformance', 'cedar', path], directory));
    expect([code, stdout, stderr]).toEqual([0, 'cases 22 requests 74 passed 74 failed 0\n', '']);
  });
});
