import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseCase } from '../../bindings/cli/policy/case.ts';
import { readSources } from '../../bindings/cli/policy-source.ts';
import { inDirectory, plumb, type Ran } from './plumb.ts';
import { failuresUnder } from './preset-cases.ts';

const SCHEMA = `entity Agent, Doc;
action read appliesTo { principal: Agent, resource: Doc, context: { n: Long, @supplied time: datetime } };
`;
const POLICY = `@id("all") permit (principal, action, resource);
@id("big") @message("too big") forbid (principal, action, resource) when { context.n == 9223372036854775807 };
@id("late") @verdict("approve") forbid (principal, action, resource) when { context.time > datetime("2020-01-01") };
@id("odd") @verdict("restrict") @only("look") forbid (principal, action, resource) when { context.n == 3 };
`;
const READ = { principal: { type: 'Agent', id: 'a' }, action: 'read', resource: { type: 'Doc', id: 'd' } };
const read = (n: number | string): string =>
  JSON.stringify({ ...READ, context: { n: 0 }, ref: `n is ${n}` }).replace('"n":0', `"n":${n}`);

const run = (cases: Record<string, string>, ...args: string[]): Promise<Ran> =>
  inDirectory((directory) => {
    const policy = join(directory, 'policy');
    mkdirSync(join(directory, 'cases'));
    mkdirSync(policy);
    writeFileSync(join(policy, 'policy.cedar'), POLICY);
    writeFileSync(join(policy, 'schema.cedarschema'), SCHEMA);
    writeFileSync(join(policy, 'policy.json'), '{"authority":"none"}');
    for (const [name, text] of Object.entries(cases)) writeFileSync(join(directory, 'cases', name), text);
    return plumb(['policy', 'test', './policy', 'cases', ...args], directory);
  });

const oneCase = (requests: string, expectation: string, more = ''): string =>
  `{${more}"requests": [${requests}], "expect": [${expectation}]}`;

describe('plumb policy test', () => {
  test('passes what is decided as expected, lists in any order, integers exact', async () => {
    const { code, stdout } = await run({
      'a.json': oneCase(
        `${read('9223372036854775807')}, ${read('9223372036854775806')}`,
        '{"verdict": "block", "code": "forbidden", "level": 0, "determining": ["big"]}, {"verdict": "allow", "level": null}',
      ),
      'clock.json': oneCase(
        read(3),
        `{"verdict": "approve", "determining": ["late"], "constraints": [
          {"policy": "odd", "argument": "look", "verdict": "restrict"},
          {"verdict": "approve", "policy": "late", "argument": null}]}`,
        '"timeMs": 1700000000000,',
      ),
      'transaction.json': oneCase(`[${read(1)}, ${read('9223372036854775807')}]`, '{"verdict": "block"}'),
      'notes.txt': 'not a case',
    });
    expect([code, stdout]).toEqual([0, '3 passed, 0 failed\n']);
  });

  test('shows each field that differs, and what the deciding policies say', async () => {
    const { code, stdout } = await run({
      'a.json': oneCase(read(1), '{"verdict": "allow"}'),
      'b.json': oneCase(
        `${read(1)}, ${read('9223372036854775807')}`,
        '{"verdict": "allow"}, {"verdict": "allow", "labels": [], "determining": ["all"]}',
        '"description": "what it is for", ',
      ),
    });
    expect([code, stdout]).toEqual([
      1,
      [
        'FAIL b: what it is for',
        '  request 2 (n is 9223372036854775807): forbidden',
        '    verdict      expected  "allow"',
        '                 got       "block"',
        '    determining  expected  ["all"]',
        '                 got       ["big"]',
        '    big: too big',
        '',
        '1 passed, 1 failed',
        '',
      ].join('\n'),
    ]);
  });

  test('says why a request could not be encoded', async () => {
    const { stdout } = await run({ 'a.json': oneCase(read('1.5'), '{"verdict": "allow"}') });
    expect(stdout).toContain('request 1 (n is 1.5): context.n: must be an integer');
  });

  test('gives the same as JSON', async () => {
    const { code, stdout } = await run({ 'a.json': oneCase(read(1), '{"verdict": "defer"}') }, '--json');
    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      {
        policy: './policy',
        passed: 0,
        failed: 1,
        failures: [
          {
            name: 'a',
            mismatches: [
              {
                request: 1,
                ref: 'n is 1',
                code: 'permitted',
                differences: [{ field: 'verdict', expected: 'defer', got: 'allow' }],
                because: [{ policy: 'all' }],
              },
            ],
          },
        ],
      },
    ]);
  });

  test.each([
    ['no JSON', '{', 'JSON'],
    ['a list', '[]', 'it is not an object'],
    ['an unknown field', oneCase(read(1), '{"verdict": "allow"}', '"request": 1, '), '"request" is unknown'],
    ['no requests', '{"requests": [], "expect": []}', '"requests" must be a list'],
    [
      'too few expectations',
      `{"requests": [${read(1)}], "expect": []}`,
      '"expect" must have one entry for each request',
    ],
    ['no verdict', oneCase(read(1), '{"code": "permitted"}'), '"verdict" must be one of allow, '],
    ["Cedar's word", oneCase(read(1), '{"verdict": "deny"}'), '"verdict" must be one of allow, '],
    ['an unknown code', oneCase(read(1), '{"verdict": "allow", "code": "ok"}'), '"code" must be one of SPEC §5.1'],
    ['an expectation of nothing', oneCase(read(1), '{"verdict": "allow", "reasons": []}'), '"reasons" is unknown'],
    ['a text for a list', oneCase(read(1), '{"verdict": "allow", "errors": "x"}'), '"errors" must be a list of texts'],
    ['a level beyond count', oneCase(read(1), '{"verdict": "allow", "level": 9007199254740993}'), '"level" must be'],
    [
      'half a constraint',
      oneCase(read(1), '{"verdict": "approve", "constraints": [{"policy": "odd"}]}'),
      '"constraints" must be a list of {verdict, policy, argument}',
    ],
    ['a time in words', oneCase(read(1), '{"verdict": "allow"}', '"timeMs": "now", '), '"timeMs" must be an integer'],
    ['a title that is none', oneCase(read(1), '{"verdict": "allow"}', '"description": 1, '), '"description" must be'],
  ])('is not a case: %s', (_, text, problem) => {
    expect(parseCase(text)).toEqual({ problem: expect.stringContaining(problem) });
  });

  test('counts a file that is no case as failed', async () => {
    const { code, stdout } = await run({ 'a.json': '[]', 'b.json': oneCase(read(1), '{"verdict": "allow"}') });
    expect([code, stdout]).toEqual([1, 'FAIL a\n  not a case: it is not an object\n\n1 passed, 1 failed\n']);
  });

  test('does not pass a directory without cases', async () => {
    const { code, stderr } = await run({ 'notes.txt': '' });
    expect([code, stderr]).toEqual([1, 'no-cases: cases holds no cases\n  a case is a file NAME.json\n']);
  });

  test('says which directory it cannot read', async () => {
    const { code, stderr } = await inDirectory((directory) =>
      plumb(['policy', 'test', 'coding-agent', 'nowhere'], directory),
    );
    expect([code, stderr]).toEqual([1, 'unreadable: nowhere cannot be read (ENOENT)\n']);
  });
});

test('the cases of the preset pass', async () => {
  expect(await failuresUnder(readSources('coding-agent', undefined))).toEqual([]);
});
