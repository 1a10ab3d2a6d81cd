import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inDirectory, plumb, type Ran } from './plumb.ts';

const check = (text: string, ...args: string[]): Promise<Ran> =>
  inDirectory((directory) => {
    writeFileSync(join(directory, 'p.cedar'), text);
    return plumb(['policy', 'check', 'p.cedar', '--authority', 'none', ...args], directory);
  });

const HTTP = '(principal, action == Action::"http.request", resource)';
const FILE = '(principal, action in Action::"modify", resource)';

describe('plumb policy check', () => {
  test('finds nothing in the preset', async () => {
    const { code, stdout } = await inDirectory((directory) => plumb(['policy', 'check', 'coding-agent'], directory));
    expect([code, stdout]).toEqual([0, 'coding-agent: 0 findings\n']);
  });

  test('shows place, line, mark and hint of each finding', async () => {
    const { code, stdout, stderr } = await check(
      `permit ${FILE}\n\twhen { "😀" == "é" || context.labels.contains("x") };\n`,
    );
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toBe(
      [
        'p.cedar:1:1: missing-id: this permit has no `@id`; decisions would call it `policy0`, which changes with its place',
        `  permit ${FILE}`,
        '  ^',
        '  hint: name it: `@id("what-it-is-for")`',
        '',
        'p.cedar:2:31: label-enables: in this permit an additional label could enable',
        '  \twhen { "😀" == "é" || context.labels.contains("x") };',
        `  \t${' '.repeat(29)}^`,
        '  hint: test labels positively in a `forbid`, negatively in a `permit`; what enables is a `@clearance`',
        '',
        'p.cedar: 2 findings',
        '',
      ].join('\n'),
    );
  });

  // What Cedar refuses hides what the lints would find, so the two go apart.
  test.each([
    [
      "Cedar's validation, warnings included",
      `@id("unguarded") permit ${HTTP} when { context.path == "/api" };
@id("unreachable") permit (principal, action == Action::"http.request", resource) when { false };`,
      ['policy-invalid 1', 'policy-warning 2'],
    ],
    [
      'our lints',
      `@id("path") permit ${HTTP} when { context has path && context.path like "/api/*" };
@id("overflow") forbid ${FILE} when { context.session.requests * 2 > 100 };
@id("label") forbid ${FILE} unless { context.labels.contains("x") };
permit ${FILE};
@id("template") permit (principal == ?principal, action, resource);`,
      ['forbid-can-error 2', 'label-enables 3', 'like-on-path 1', 'missing-id 4', 'unlinked-template 5'],
    ],
  ])('finds what it should by %s', async (_, text, expected) => {
    const { code, stdout } = await check(text, '--json');
    const { policy, findings } = JSON.parse(stdout) as { policy: string; findings: { code: string; line: number }[] };
    expect([code, policy]).toEqual([1, 'p.cedar']);
    expect(findings.map((one) => `${one.code} ${one.line}`).toSorted()).toEqual(expected);
  });

  test('reads every file of a directory', async () => {
    const { code, stdout } = await inDirectory((directory) => {
      mkdirSync(join(directory, 'policy'));
      const write = (name: string, text: string) => writeFileSync(join(directory, 'policy', name), text);
      write('policy.json', '{"authority":"none"}');
      write('policy.cedar', `@id("a") permit ${FILE};\n`);
      write('more.cedar', `\nforbid ${FILE};\n`);
      write('labels.cedar', `@label("x") permit ${FILE};\n`);
      return plumb(['policy', 'check', './policy'], directory);
    });
    expect(code).toBe(1);
    expect(stdout.match(/^\S+:\d+:\d+: \S+/gm)).toEqual([
      'policy/labels.cedar:1:1: missing-id:',
      'policy/more.cedar:2:1: missing-id:',
    ]);
  });

  test('is used wrongly without a policy', async () => {
    const { code, stderr } = await inDirectory((directory) => plumb(['policy', 'check'], directory));
    expect([code, stderr.split('\n')[0]]).toEqual([2, "usage: missing required argument 'P'"]);
  });
});
