// Every refusal of the compiler: one case each. `‸` in a case's text marks the place that the refusal must name.

import { describe, expect, test } from 'vitest';
import {
  compile,
  compileUnvalidated,
  type LayerSubject,
  type PolicySources,
  type TemplateLink,
} from '../../engine/compiler/index.ts';
import { programOf, sourcesOf } from './sources.ts';

const HEAD = '(principal, action, resource)';
const PERMIT = `permit ${HEAD}`;
const READ = 'permit (principal, action == Action::"file.read", resource)';

const POLICIES: [code: string, why: string, text: string][] = [
  ['policy-syntax', 'no semicolon', `${PERMIT}‸`],
  ['policy-syntax', 'a comment of another language, after wide characters', `${PERMIT}; // é😀\n"é😀" ‸é`],
  ['policy-syntax', 'an integer beyond i64', `${PERMIT}\nwhen { ‸9223372036854775808 == 1 };`],
  ['policy-syntax', 'an integer below i64', `${PERMIT}\nwhen { ‸-9223372036854775809 == 1 };`],
  ['policy-syntax', 'an annotation twice', `@id("a")‸@id("b") ${PERMIT};`],
  ['policy-invalid', 'an unknown attribute', `${READ}\nwhen { ‸context.resolvd };`],
  ['policy-invalid', 'a place after wide characters', `${READ} when { "é😀" == "" || ‸context.resolvd };`],
  [
    'policy-invalid',
    'an unguarded optional attribute',
    'permit (principal, action == Action::"process.exec", resource) when { ‸context.command == "ls" };',
  ],
  ['policy-invalid', 'an unknown action', `permit (principal, action == ‸Action::"file.red", resource);`],
  ['policy-invalid', 'an extension text Cedar refuses', `${READ} when { ‸ip("1.2.3") == ip("::") };`],
  [
    'policy-warning',
    'a policy that never applies',
    `‸permit (principal, action == Action::"file.read", resource is Host);`,
  ],
  ['duplicate-id', 'two policies', `@id("a")${PERMIT};\n‸@id("a")${PERMIT};`],
  ['duplicate-id', 'a name and a position', `@id("policy1")${PERMIT};\n‸${PERMIT};`],
  ['empty-id', 'an id without text', `‸@id ${PERMIT};`],
  ['unknown-verdict', 'a verdict that needs no annotation', `‸@verdict("block") forbid ${HEAD};`],
  ['unknown-verdict', 'a name every object has', `‸@verdict("constructor") forbid ${HEAD};`],
  ['unknown-verdict', 'no verdict', `‸@verdict forbid ${HEAD};`],
  ['verdict-on-permit', 'a permit', `@id("verdict") ‸@verdict("approve") ${PERMIT};`],
  ['argument-missing', 'restrict without names', `‸@verdict("restrict") forbid ${HEAD};`],
  ['argument-missing', 'an empty name', `‸@verdict("restrict") @only("a, ") forbid ${HEAD};`],
  ['argument-missing', 'degrade without a profile', `‸@verdict("degrade") forbid ${HEAD};`],
  ['argument-unexpected', 'names for another verdict', `@verdict("approve") ‸@only("a") forbid ${HEAD};`],
  ['argument-unexpected', 'a profile without a verdict', `‸@profile("a") forbid ${HEAD};`],
  ['label-on-decision', 'a label', `‸@label("x") ${PERMIT};`],
  ['label-on-decision', 'a clearance', `‸@clearance("x") ${PERMIT};`],
  ['label-on-decision', 'sticky', `‸@sticky ${PERMIT};`],
  ['expect-outside-layer', 'an expectation', `‸@expect ${PERMIT};`],
  ['count-outside-layer', 'a count', `‸@count("1") ${PERMIT};`],
];

const LAYERS: typeof POLICIES = [
  ['expect-on-forbid', 'an expectation', `‸@expect forbid ${HEAD};`],
  ['count-on-forbid', 'a count', `‸@count("1") forbid ${HEAD};`],
  ['count-expected', 'both', `@expect ‸@count("1") ${PERMIT};`],
  ['count-number', 'no count', `‸@count ${PERMIT};`],
  ['count-number', 'none', `‸@count("0") ${PERMIT};`],
  ['count-number', 'another form', `‸@count("01") ${PERMIT};`],
  ['count-number', 'a number of 33 bits', `‸@count("4294967296") ${PERMIT};`],
];
const LAYER: LayerSubject = { subject: new Uint8Array(32).fill(1) };
const asLayer = (sources: PolicySources) => compile({ ...sources, labels: [] }, LAYER);

const LABELS: typeof POLICIES = [
  ['policy-syntax', 'an unknown function', `@label("x") ${PERMIT}\nwhen { ‸regex("a") };`],
  ['policy-invalid', 'an unknown type', `@label("x") permit (principal is ‸Nobody, action, resource);`],
  ['label-missing', 'no label', `@id("permit")‸${PERMIT};`],
  ['label-name', 'an upper-case name', `‸@label("Secret") ${PERMIT};`],
  ['label-name', 'no name', `‸@clearance ${PERMIT};`],
  ['label-name', 'a name of 65 characters', `‸@label("${'a'.repeat(65)}") ${PERMIT};`],
  ['label-reserved', 'the label of the engine', `‸@label("surprising") ${PERMIT};`],
  ['label-and-clearance', 'both', `@label("x") ‸@clearance("y") ${PERMIT};`],
  ['label-forbid', 'a forbid', `@label("x") ‸forbid ${HEAD};`],
  ['label-template', 'a template', `‸@label("x") permit (principal == ?principal, action, resource);`],
  ['sticky-without-label', 'a sticky clearance', `‸@sticky @clearance("x") ${PERMIT};`],
  ['verdict-on-label', 'a verdict', `@label("x") ‸@verdict("approve") ${PERMIT};`],
  ['label-reads-labels', 'an attribute', `@label("x") ${READ} when { context.‸labels.contains("y") };`],
  ['label-reads-labels', 'by index', `@label("x") ${READ} when { context[‸"clearances"].isEmpty() };`],
  ['label-reads-labels', 'has', `@label("x") ${READ} when { context ‸has labels };`],
  ['label-reads-labels', 'the whole context', `@label("x") ${READ} when { {a: ‸context}.a.labels.isEmpty() };`],
];

const context = (attribute: string): string =>
  `entity A;\naction "a" appliesTo { principal: [A], resource: [A], context: { ${attribute} } };`;

const SCHEMAS: typeof POLICIES = [
  ['schema-invalid', 'no semicolon', 'entity A‸'],
  ['schema-invalid', 'an undeclared type', 'entity A in [‸B];'],
  ['schema-invalid', 'a cycle of types', '‸type T = Set<T>; entity A { t: T };'],
  ['schema-invalid', 'an undeclared action, of which Cedar gives no place', '‸entity A; action b in [c];'],
  ['derived-kind', 'an unknown kind', 'entity Top;\n‸@derived("url") entity A in [Top];'],
  ['derived-kind', 'no kind', 'entity Top;\n‸@derived entity A in [Top];'],
  ['derived-kind', 'in a namespace', 'namespace N { entity A; @doc("derived") ‸@derived("url") entity B, C in [A]; }'],
  ['derived-parents', 'a path without a parent', '‸@derived("path") entity File;'],
  ['derived-parents', 'a path below a plain type', 'entity Dir;\n‸@derived("path") entity File in [Dir];'],
  ['derived-parents', 'two parents', '‸@derived("path") entity Dir in [Dir, Top];\nentity Top;'],
  [
    'derived-parents',
    'directories of two types',
    '‸@derived("path") entity A in [B];\n@derived("path") entity B in [A];',
  ],
  [
    'derived-parents',
    'an endpoint below a domain',
    '@derived("domain") entity Domain in [Domain];\n‸@derived("endpoint") entity Endpoint in [Domain];',
  ],
  [
    'derived-parents',
    'a qualified name below a derived one',
    '@derived("domain") entity Domain in [Domain];\n‸@derived("qualified") entity Tool in [Domain];',
  ],
  ['derived-misplaced', 'on an attribute', 'entity A { ‸@derived("path") a: Long };'],
  ['supplied-name', 'an attribute the engine does not know', context('‸@supplied user: String')],
  ['supplied-type', 'another type', context('‸@supplied time: Long')],
  ['supplied-type', 'an optional counter', context('‸@supplied session: {requests: Long, blocked?: Long}')],
  ['supplied-optional', 'optional', context('‸@supplied time?: datetime')],
  ['supplied-not-path', 'a resource that is no path', context('‸@supplied name: String')],
  ['supplied-not-endpoint', 'a resource that is no endpoint', context('‸@supplied port: Long')],
  ['supplied-misplaced', 'on an entity attribute', 'entity A { ‸@supplied time: datetime };'],
  ['supplied-misplaced', 'nested in a context', context('a: { ‸@supplied time: datetime }')],
  ['supplied-misplaced', 'on an entity type', '‸@supplied entity A;'],
];

const TEMPLATE = '@id("t") permit (principal == ?principal, action, resource);';
const alice = { type: 'Agent', id: 'alice' };
const LINKS: [code: string, why: string, link: TemplateLink][] = [
  ['link', 'no such template', { templateId: 'u', newId: 'l', values: { '?principal': alice } }],
  ['link', 'a slot not filled', { templateId: 't', newId: 'l', values: {} }],
  [
    'link',
    'a slot the template lacks',
    { templateId: 't', newId: 'l', values: { '?principal': alice, '?resource': alice } },
  ],
  ['duplicate-id', 'named as a policy', { templateId: 't', newId: 't', values: { '?principal': alice } }],
];

/** The diagnostics as `code file:line:column`, and the place of the mark in the same form. */
function outcomeOf(kind: 'policies' | 'labels' | 'schema', code: string, marked: string, compiler = compile) {
  const compiled = compiler(sourcesOf({ [kind]: marked.replace('‸', '') }));
  const diagnostics = 'diagnostics' in compiled ? compiled.diagnostics : [];
  const file = { policies: 'policy.cedar', labels: 'labels.cedar', schema: 'schema.cedarschema' }[kind];
  const lines = marked.slice(0, marked.indexOf('‸')).split('\n');
  const expected = `${code} ${file}:${lines.length}:${[...lines.at(-1)!].length + 1}`;
  const found = diagnostics.map((each) => `${each.code} ${each.file}:${each.line}:${each.column}`);
  const sourceLine = marked.replace('‸', '').split('\n')[lines.length - 1];
  return { found, expected, sourceLine, diagnostic: diagnostics[found.indexOf(expected)] };
}

describe('compile() refuses', () => {
  const cases = [
    ...POLICIES.map((each) => ['policies', ...each] as const),
    ...LABELS.map((each) => ['labels', ...each] as const),
    ...SCHEMAS.map((each) => ['schema', ...each] as const),
  ];
  test.each(cases)('%s, %s: %s', (kind, code, _why, text) => {
    const { found, expected, sourceLine, diagnostic } = outcomeOf(kind, code, text);
    expect(found).toContain(expected);
    expect(diagnostic!.sourceLine).toBe(sourceLine);
    expect(diagnostic!.message).not.toBe('');
  });

  test.each(LAYERS)('a layer, %s: %s', (code, _why, text) => {
    const { found, expected } = outcomeOf('policies', code, text, asLayer);
    expect(found).toEqual([expected]);
  });

  test.each(LINKS)('links, %s: %s', (code, _why, link) => {
    const compiled = compile(sourcesOf({ policies: TEMPLATE, links: [link] }));
    expect(compiled).toMatchObject({
      diagnostics: [{ code, file: 'links', line: 1, sourceLine: JSON.stringify(link) }],
    });
  });

  test('links, policy-invalid: an entity of an unknown type', () => {
    const links = [{ templateId: 't', newId: 'l', values: { '?principal': { type: 'Nobody', id: 'x' } } }];
    const compiled = compile(sourcesOf({ policies: TEMPLATE, links }));
    expect(compiled).toMatchObject({ diagnostics: [{ code: 'policy-invalid', file: 'policy.cedar' }, {}] });
  });

  test('duplicate-id: a label and a decision policy', () => {
    const texts = { labels: `@id("a")@label("x")${PERMIT};`, policies: `@id("a")${PERMIT};` };
    expect(compile(sourcesOf(texts))).toMatchObject({ diagnostics: [{ code: 'duplicate-id', file: 'policy.cedar' }] });
  });

  test.each([
    ['a constant of 65 levels', `${PERMIT} when { ‸${'['.repeat(65)}${']'.repeat(65)} == [] };`],
    ['a set of 513 values', `${PERMIT} when { [${'principal, '.repeat(512)}‸principal].isEmpty() };`],
  ])('too-deep: %s', (_why, text) => {
    const { found, expected } = outcomeOf('policies', 'too-deep', text, compileUnvalidated);
    expect(found).toEqual([expected]);
  });

  // Each of these would exhaust the stack of Cedar's parser, which then answers nothing any more.
  test.each([
    ['parentheses', 'policies', `${PERMIT} when { ${'('.repeat(5000)}true${')'.repeat(5000)} };`],
    ['a chain of operators', 'policies', `${PERMIT} when { ${'true && '.repeat(20_000)}true };`],
    ['a chain of attributes', 'policies', `${PERMIT} when { context${'.a'.repeat(20_000)} };`],
    [
      'if in if',
      'labels',
      `@label("x") ${PERMIT} when { ${'if true then '.repeat(3000)}true${' else true'.repeat(3000)} };`,
    ],
    ['sets of sets', 'schema', `entity A { a: ${'Set<'.repeat(5000)}Long${'>'.repeat(5000)} };`],
  ])('too-deep: %s, and compiles the next', (_why, kind, text) => {
    expect(compile(sourcesOf({ [kind]: text }))).toMatchObject({ diagnostics: [{ code: 'too-deep', line: 1 }] });
    programOf(sourcesOf({ policies: `${READ};` }));
  });

  test('with the hint of Cedar, and without its prefix', () => {
    const compiled = compile(sourcesOf({ policies: `${READ} when { context.resolvd };` }));
    const message = 'attribute `resolvd` in context for Action::"file.read" not found';
    expect(compiled).toMatchObject({ diagnostics: [{ message, hint: 'did you mean `resolved`?' }] });
  });

  test('an authority that is not stated', () => {
    expect(() => compile({ ...sourcesOf(), authority: undefined } as unknown as PolicySources)).toThrow(TypeError);
  });
});

describe('compile() accepts', () => {
  test('the domain schema without policies', () => expect(programOf(sourcesOf()).length).toBeGreaterThan(0));

  test('names that look like annotations', () => {
    const schema = 'entity derived { supplied: Long }; action "a" appliesTo { principal: derived, resource: derived };';
    programOf(sourcesOf({ schema, policies: `@permit("forbid") ${PERMIT} when { principal.supplied == 1 };` }));
  });

  test.each([
    ['80 parentheses', `${PERMIT} when { ${'('.repeat(80)}true${')'.repeat(80)} };`],
    ['an expression of 900 operators', `${READ} when { ${'context.resolved || '.repeat(900)}true };`],
    ['many shallow policies', `${READ} when { context.resolved && context.resolved };\n`.repeat(600)],
  ])('%s', (_why, policies) => expect(programOf(sourcesOf({ policies })).length).toBeGreaterThan(0));

  test('every soft verdict', () => {
    const plain = ['@verdict("approve")', '@verdict("defer")', '@verdict("read-only")'];
    const soft = [...plain, '@verdict("restrict") @only("a, b")', '@verdict("degrade") @profile("p")'];
    programOf(sourcesOf({ policies: soft.map((verdict) => `${verdict} forbid ${HEAD};`).join('\n') }));
  });
});
