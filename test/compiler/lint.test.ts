// The lints: one policy set each that has exactly one finding, and its nearest neighbour that has none.
// `‸` marks the place that the finding must name.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { lint } from '../../engine/compiler/index.ts';
import { sourcesOf } from './sources.ts';

const HTTP = '(principal, action == Action::"http.request", resource)';
const FILE = '(principal, action in Action::"modify", resource)';

const CASES: [code: string, why: string, marked: string, clean: string][] = [
  [
    'like-on-path',
    'an attribute that the schema marks',
    `@id("a") permit ${HTTP} when { context has path && context.path ‸like "/api/*" };`,
    `@id("a") permit ${HTTP} when { context has path && context.path == "/api" };`,
  ],
  [
    'like-on-path',
    'by index; a name is no path',
    `@id("a") permit ${HTTP} when { context has path && context["path"] ‸like "*" };`,
    `@id("a") permit ${FILE} when { context.name like "*.ts" };`,
  ],
  ['missing-id', 'no name', `‸permit ${FILE};`, `@id("a") permit ${FILE};`],
  [
    'label-enables',
    'a permit for a label',
    `@id("a") permit ${FILE} when { context.‸labels.contains("x") };`,
    `@id("a") permit ${FILE} unless { context.labels.contains("x") };`,
  ],
  [
    'label-enables',
    'a forbid that a label lifts',
    `@id("a") forbid ${FILE} unless { context.resolved || context.‸labels.containsAny(["x"]) };`,
    `@id("a") forbid ${FILE} unless { context.resolved && !context.labels.containsAny(["x"]) };`,
  ],
  [
    'label-enables',
    'emptiness',
    `@id("a") forbid ${FILE} when { context.‸labels.isEmpty() };`,
    `@id("a") permit ${FILE} when { context.labels.isEmpty() };`,
  ],
  [
    'label-enables',
    'a label set that must not exceed another',
    `@id("a") forbid ${FILE} when { ["x"].containsAll(context.‸labels) };`,
    `@id("a") permit ${FILE} when { ["x"].containsAll(context.labels) };`,
  ],
  [
    'label-enables',
    'equality, which goes either way',
    `@id("a") forbid ${FILE} when { context.‸labels == ["x"] };`,
    `@id("a") forbid ${FILE} when { context.labels.containsAll(["x"]) };`,
  ],
  [
    'label-enables',
    'the condition of an if',
    `@id("a") forbid ${FILE} when { if context.‸labels.contains("x") then true else context.resolved };`,
    `@id("a") forbid ${FILE} when { if context.resolved then context.labels.contains("x") else true };`,
  ],
  [
    'clearance-restricts',
    'a forbid for a clearance',
    `@id("a") forbid ${FILE} when { context.‸clearances.contains("x") };`,
    `@id("a") forbid ${FILE} unless { context.clearances.contains("x") };`,
  ],
  [
    'clearance-restricts',
    'a permit that a clearance takes away',
    `@id("a") permit ${FILE} unless { context.‸clearances.contains("x") };`,
    `@id("a") permit ${FILE} when { context.clearances.contains("x") };`,
  ],
  [
    'forbid-can-error',
    'arithmetic',
    `@id("a") forbid ${FILE} when { context.session.requests ‸+ 1 > 100 };`,
    `@id("a") forbid ${FILE} when { context.session.requests > 99 };`,
  ],
  [
    'forbid-can-error',
    'a moved date',
    `@id("a") forbid ${FILE} when { context.time.‸offset(duration("1d")) > datetime("2030-01-01") };`,
    `@id("a") permit ${FILE} when { context.time.offset(duration("1d")) > datetime("2030-01-01") };`,
  ],
  [
    'unlinked-template',
    'no link',
    '‸@id("a") permit (principal == ?principal, action, resource);',
    '@id("a") permit (principal, action, resource);',
  ],
];

const read = (name: string) =>
  readFileSync(new URL(`../../bindings/presets/coding-agent/${name}`, import.meta.url), 'utf8');

describe('lint()', () => {
  test.each(CASES)('%s: %s', (code, _why, marked, clean) => {
    const before = marked.slice(0, marked.indexOf('‸'));
    const found = lint(sourcesOf({ policies: marked.replace('‸', '') }));
    expect(found.map((each) => `${each.code} ${each.file}:${each.line}:${each.column}`)).toContain(
      `${code} policy.cedar:1:${before.length + 1}`,
    );
    expect(new Set(found.map((each) => each.code))).toEqual(new Set([code]));
    expect(lint(sourcesOf({ policies: clean }))).toEqual([]);
  });

  test('the context as a whole carries labels and clearances', () => {
    const policies = `@id("a") forbid ${FILE} when { {c: context}.c.labels.contains("x") };`;
    expect(lint(sourcesOf({ policies })).map(({ code }) => code)).toEqual(['label-enables', 'clearance-restricts']);
  });

  test('a link stands for its template once', () => {
    const values = { '?principal': { type: 'Agent', id: 'a' } };
    const links = ['l', 'm'].map((newId) => ({ templateId: 'policy0', newId, values }));
    const policies = 'permit (principal == ?principal, action, resource);';
    expect(lint(sourcesOf({ policies, links })).map(({ code }) => code)).toEqual(['missing-id']);
  });

  test('names what keeps the sources from compiling', () => {
    expect(lint(sourcesOf({ policies: 'permit' }))).toMatchObject([{ code: 'policy-syntax' }]);
  });

  test('finds nothing in the preset', () => {
    expect(lint(sourcesOf({ policies: read('policy.cedar'), labels: read('labels.cedar') }))).toEqual([]);
  });
});
