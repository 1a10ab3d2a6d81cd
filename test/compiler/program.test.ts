// What programs hold: code of every construct, policy records, exact integers, and the same bytes everywhere.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { buildLayer, compile, compileUnvalidated, readSchema, type Rule } from '../../engine/compiler/index.ts';
import { encodeValue, type Value } from '../../engine/compiler/value.ts';
import { listingOf } from './listing.ts';
import { programOf, sourcesOf } from './sources.ts';

const PERMIT = 'permit (principal, action, resource)';

const unvalidated = (texts: Parameters<typeof sourcesOf>[0]) => {
  const compiled = compileUnvalidated(sourcesOf(texts));
  if ('policy' in compiled) return listingOf(compiled.policy.program);
  throw new Error(JSON.stringify(compiled.diagnostics));
};

const hex = (value: Value): string => Buffer.from(encodeValue(value)).toString('hex');

const CODE: [condition: string, code: string][] = [
  ['true', 'CONSTANT true'],
  ['principal.a', 'PRINCIPAL; ATTR "a"'],
  ['context.a.b', 'CONTEXT_ATTR "a"; ATTR "b"'],
  ['context["a b"]', 'CONTEXT_ATTR "a b"'],
  ['"\\x41\\u{1F600}\\n\\"\\0" == context["\\u{61}\\x62"]', 'CONSTANT "A😀\\n\\"\\u0000"; CONTEXT_ATTR "ab"; EQ'],
  ['context == {}', 'CONTEXT; CONSTANT {}; EQ'],
  ['context has a', 'CONTEXT_HAS "a"'],
  ['resource has a', 'RESOURCE; HAS "a"'],
  [
    'context has a.b.c',
    'CONTEXT_HAS "a"; AND 8; CONTEXT_ATTR "a"; HAS "b"; AND 8; CONTEXT_ATTR "a"; ATTR "b"; HAS "c"',
  ],
  ['!context.a', 'CONTEXT_ATTR "a"; NOT'],
  ['-context.a == 1', 'CONTEXT_ATTR "a"; NEG; CONSTANT 1; EQ'],
  ['-(-3) == - -3', 'CONSTANT 3; CONSTANT 3; EQ'],
  ['context.a && context.b && context.c', 'CONTEXT_ATTR "a"; AND 6; CONTEXT_ATTR "b"; AND 6; CONTEXT_ATTR "c"; BOOL'],
  ['context.a || context.b || 1 < 2', 'CONTEXT_ATTR "a"; OR 7; CONTEXT_ATTR "b"; OR 7; CONSTANT 1; CONSTANT 2; LT'],
  ['context.a || context.b && context.c', 'CONTEXT_ATTR "a"; OR 6; CONTEXT_ATTR "b"; AND 6; CONTEXT_ATTR "c"; BOOL'],
  ['1 == 2', 'CONSTANT 1; CONSTANT 2; EQ'],
  ['1 != 2', 'CONSTANT 1; CONSTANT 2; EQ; NOT'],
  ['1 <= 2', 'CONSTANT 1; CONSTANT 2; LE'],
  ['1 > 2', 'CONSTANT 1; CONSTANT 2; LE; NOT'],
  ['1 >= 2', 'CONSTANT 1; CONSTANT 2; LT; NOT'],
  ['1 + 2 - 3 * 4', 'CONSTANT 1; CONSTANT 2; ADD; CONSTANT 3; CONSTANT 4; MUL; SUB'],
  ['principal in resource', 'PRINCIPAL; RESOURCE; IN'],
  ['principal in A::"x"', 'PRINCIPAL; IN_ENTITY {"0":"A","1":"x"}'],
  ['principal in [A::"x"]', 'PRINCIPAL; CONSTANT [{"0":"A","1":"x"}]; IN'],
  ['principal is N::A', 'PRINCIPAL; IS "N::A"'],
  ['principal is A in resource', 'PRINCIPAL; IS "A"; AND 6; PRINCIPAL; RESOURCE; IN'],
  ['principal is A in A::"x"', 'PRINCIPAL; IS "A"; AND 5; PRINCIPAL; IN_ENTITY {"0":"A","1":"x"}'],
  ['if action == principal then 1 else 2', 'ACTION; PRINCIPAL; EQ; BRANCH 6; CONSTANT 1; JUMP 7; CONSTANT 2'],
  ['context.a like "a*b\\*c"', 'CONTEXT_ATTR "a"; LIKE ["a" - "b*c"]'],
  ['context.a like "**a**"', 'CONTEXT_ATTR "a"; LIKE [- "a" -]'],
  ['context.a like ""', 'CONTEXT_ATTR "a"; LIKE []'],
  ['["b", "a", "b"] == context.a', 'CONSTANT ["a","b"]; CONTEXT_ATTR "a"; EQ'],
  ['[1, principal, [2]].contains(3)', 'CONSTANT 1; PRINCIPAL; CONSTANT [2]; SET 3; CONSTANT 3; CONTAINS'],
  ['[].containsAll([]) ', 'CONSTANT []; CONSTANT []; CONTAINS_ALL'],
  ['[1].containsAny([-1])', 'CONSTANT [1]; CONSTANT [-1]; CONTAINS_ANY'],
  ['context.a.isEmpty()', 'CONTEXT_ATTR "a"; IS_EMPTY'],
  ['{b: 1, "": {a: -1}} == context', 'CONSTANT {"":{"a":-1},"b":1}; CONTEXT; EQ'],
  ['{bb: action, c: resource, a: 1} == 2', 'CONSTANT 1; RESOURCE; ACTION; RECORD ["a" "c" "bb"]; CONSTANT 2; EQ'],
  [
    'principal.hasTag("a") && principal.getTag(context.b)',
    'PRINCIPAL; CONSTANT "a"; HAS_TAG; AND 8; PRINCIPAL; CONTEXT_ATTR "b"; GET_TAG; BOOL',
  ],
  ['decimal("1.5").lessThan(decimal("x"))', 'CONSTANT {"2":15000}; CONSTANT "x"; DECIMAL; DECIMAL_LT'],
  ['decimal(context.a).lessThanOrEqual(context.b)', 'CONTEXT_ATTR "a"; DECIMAL; CONTEXT_ATTR "b"; DECIMAL_LE'],
  ['context.a.greaterThan(context.b)', 'CONTEXT_ATTR "a"; CONTEXT_ATTR "b"; DECIMAL_LE; NOT'],
  ['context.a.greaterThanOrEqual(context.b)', 'CONTEXT_ATTR "a"; CONTEXT_ATTR "b"; DECIMAL_LT; NOT'],
  ['datetime("1970-01-02") == datetime(context.a)', 'CONSTANT {"3":86400000}; CONTEXT_ATTR "a"; DATETIME; EQ'],
  ['duration("-1s") == duration(context.a)', 'CONSTANT {"4":-1000}; CONTEXT_ATTR "a"; DURATION; EQ'],
  ['ip("1.2.3.4/8").isInRange(ip(context.a))', 'CONSTANT {"5":"0102030408"}; CONTEXT_ATTR "a"; IP; IS_IN_RANGE'],
  ['ip("1", "2").isIpv4()', 'ERROR; IS_IPV4'],
  ['context.a.isIpv4(1) || context.a.isIpv6()', 'ERROR; OR 5; CONTEXT_ATTR "a"; IS_IPV6; BOOL'],
  [
    'context.a.isLoopback() == context.a.isMulticast()',
    'CONTEXT_ATTR "a"; IS_LOOPBACK; CONTEXT_ATTR "a"; IS_MULTICAST; EQ',
  ],
  ['context.a.offset(context.b) < context.a', 'CONTEXT_ATTR "a"; CONTEXT_ATTR "b"; OFFSET; CONTEXT_ATTR "a"; LT'],
  [
    'context.a.durationSince(context.b).toDays() == 1',
    'CONTEXT_ATTR "a"; CONTEXT_ATTR "b"; DURATION_SINCE; TO_DAYS; CONSTANT 1; EQ',
  ],
  ['context.a.toDate() == context.a.toTime()', 'CONTEXT_ATTR "a"; TO_DATE; CONTEXT_ATTR "a"; TO_TIME; EQ'],
  ['context.a.toHours() < context.a.toMinutes()', 'CONTEXT_ATTR "a"; TO_HOURS; CONTEXT_ATTR "a"; TO_MINUTES; LT'],
  [
    'context.a.toSeconds() < context.a.toMilliseconds()',
    'CONTEXT_ATTR "a"; TO_SECONDS; CONTEXT_ATTR "a"; TO_MILLISECONDS; LT',
  ],
];

const read = (name: string) =>
  readFileSync(new URL(`../../bindings/presets/coding-agent/${name}`, import.meta.url), 'utf8');
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('the code of', () => {
  test.each(CODE)('%s', (condition, code) => {
    expect(unvalidated({ policies: `${PERMIT} when { ${condition} };` }).code).toEqual([code.split('; ')]);
  });

  test('several conditions, of which an unless is negated', () => {
    const { code } = unvalidated({ policies: `${PERMIT} when { context.a } unless { context.b } when { context.c };` });
    const expected = 'CONTEXT_ATTR "a"; AND 7; CONTEXT_ATTR "b"; NOT; AND 7; CONTEXT_ATTR "c"; BOOL';
    expect(code).toEqual([expected.split('; ')]);
  });

  test('no condition', () => expect(unvalidated({ policies: `${PERMIT};` }).code).toEqual([[]]));
});

describe('policy records', () => {
  test('scopes of every form', () => {
    const { policies } = unvalidated({
      policies: `permit (principal == A::"a", action == Action::"x", resource in B::"b");
        permit (principal is N::A, action in Action::"x", resource is B in B::"b");
        forbid (principal, action in [Action::"y", Action::"x", Action::"y"], resource);
        forbid (principal, action in [], resource);`,
    });
    const [a, b, x, y] = ['{"0":"A","1":"a"}', '{"0":"B","1":"b"}', '{"0":"Action","1":"x"}', '{"0":"Action","1":"y"}'];
    expect(policies).toEqual([
      `"policy0" 0 0 0 - 0 - | 1 - ${a} | 2 - ${b} | ==[${x}]`,
      `"policy1" 0 0 0 - 0 - | 3 "N::A" - | 4 "B" ${b} | [${x}]`,
      `"policy2" 0 1 6 - 0 - | 0 - - | 0 - - | [${x} ${y}]`,
      `"policy3" 0 1 6 - 0 - | 0 - - | 0 - - | []`,
    ]);
  });

  test('verdicts, labels and names; the label set first', () => {
    const forbid = 'forbid (principal, action, resource);';
    const program = programOf(
      sourcesOf({
        policies: `@id("d") @verdict("degrade") @profile("p") ${forbid} @verdict("restrict") @only("a, b") ${forbid}
          @verdict("read-only") ${forbid} @verdict("approve") ${forbid} @verdict("defer") ${forbid} ${PERMIT};`,
        labels: `@label("b") ${PERMIT}; @id("s") @label("aa") @sticky ${PERMIT}; @clearance("c") ${PERMIT};`,
      }),
    );
    const any = '| 0 - - | 0 - - | -';
    expect(listingOf(program).policies).toEqual([
      `"label0" 1 0 0 - 1 #0 ${any}`,
      `"s" 1 0 0 - 2 #1 ${any}`,
      `"label2" 1 0 0 - 3 #0 ${any}`,
      `"d" 0 1 1 "p" 0 - ${any}`,
      `"policy1" 0 1 2 "a, b" 0 - ${any}`,
      `"policy2" 0 1 3 - 0 - ${any}`,
      `"policy3" 0 1 4 - 0 - ${any}`,
      `"policy4" 0 1 5 - 0 - ${any}`,
      `"policy5" 0 0 0 - 0 - ${any}`,
    ]);
  });

  test('links of a template come last and fill its slots', () => {
    const { policies } = unvalidated({
      policies: `permit (principal == ?principal, action, resource is B in ?resource); ${PERMIT};`,
      links: [
        {
          templateId: 'policy0',
          newId: 'linked',
          values: { '?principal': { type: 'A', id: 'a' }, '?resource': { type: 'B', id: 'b' } },
        },
      ],
    });
    expect(policies).toEqual([
      '"policy1" 0 0 0 - 0 - | 0 - - | 0 - - | -',
      '"linked" 0 0 0 - 0 - | 1 - {"0":"A","1":"a"} | 4 "B" {"0":"B","1":"b"} | -',
    ]);
  });
});

describe('integers are exact', () => {
  const LITERALS: [text: string, value: bigint][] = [
    ['9007199254740993', 9007199254740993n],
    ['-9007199254740993', -9007199254740993n],
    ['9223372036854775807', 9223372036854775807n],
    ['-9223372036854775808', -9223372036854775808n],
    ['- // a comment 9999999999999999999\n1', -1n],
    ['000000000000000000000000000009007199254740995', 9007199254740995n],
    ['1000000000000000', 1000000000000000n],
    ['999999999999999', 999999999999999n],
  ];
  test.each(LITERALS)('%s', (text, value) => {
    const { constants } = unvalidated({
      policies: `${PERMIT} when { ${text} == context.a && "1234567890123456789" == "" };`,
    });
    expect(constants).toContain(hex(value));
    expect(constants).toContain(hex('1234567890123456789'));
  });

  test('many in one policy, stand-ins of other literals among them', () => {
    const values = Array.from({ length: 50 }, (_, i) => 1_000_000_000_000_000n + BigInt((i * 7) % 50));
    const { constants } = unvalidated({
      policies: `${PERMIT} when { {${values.map((v, i) => `a${i}: [${v}, principal]`).join()}} == 1 };`,
    });
    const { code } = unvalidated({ policies: values.map((v) => `${PERMIT} when { ${v} == context.a };`).join('\n') });
    for (const value of values) expect(constants).toContain(hex(value));
    expect(code.map(([first]) => first)).toEqual(values.map((value) => `CONSTANT ${value}`));
  });

  test('the lowest Long is negated at run time, where it overflows', () => {
    const { code } = unvalidated({ policies: `${PERMIT} when { -(-9223372036854775808) == 1 };` });
    expect(code[0]!.slice(0, 2)).toEqual(['CONSTANT -9223372036854776000', 'NEG']);
  });
});

describe('the same sources give the same bytes', () => {
  test('in two processes', () => {
    const sources = sourcesOf({ policies: read('policy.cedar'), labels: read('labels.cedar') });
    const compiler = new URL('../../engine/compiler/index.ts', import.meta.url);
    const script = `import { compile } from ${JSON.stringify(compiler.href)};
      const { policy } = compile(JSON.parse(process.argv[1]));
      process.stdout.write(Buffer.from(policy.program).toString('hex'));`;
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const args = ['--input-type=module', '--eval', script, JSON.stringify(sources)];
    const other = Buffer.from(execFileSync(process.execPath, args, { cwd, encoding: 'utf8' }), 'hex');
    expect(digest(other)).toBe(digest(programOf(sources)));
  });

  test('whatever was compiled before', () => {
    const sources = sourcesOf({ policies: read('policy.cedar') });
    const first = programOf(sources);
    compile(sourcesOf({ policies: `${PERMIT} when { context.x };` }));
    expect(digest(programOf(sources))).toBe(digest(first));
  });

  test('authority is part of them', () => {
    const none = programOf(sourcesOf());
    const required = programOf({ ...sourcesOf(), authority: 'required' });
    expect([none[6], required[6]]).toEqual([0, 1]);
  });
});

describe('a layer', () => {
  test('has the permits it expects behind all others, in the order of the text', () => {
    const text = `@expect @id("e") ${PERMIT}; @id("a") @count("4294967295") ${PERMIT}; @expect @id("d") ${PERMIT}; @id("b") ${PERMIT};`;
    const sources = { ...sourcesOf({ policies: text }), labels: [] };
    const compiled = compile(sources, { subject: new Uint8Array(32).fill(1) });
    if (!('policy' in compiled)) throw new Error(JSON.stringify(compiled.diagnostics));
    expect(listingOf(compiled.policy.program).policies.map((line) => line.split(' |')[0])).toEqual([
      '"a" 0 0 0 - 4 -',
      '"b" 0 0 0 - 0 -',
      '"e" 2 0 0 - 0 -',
      '"d" 2 0 0 - 0 -',
    ]);
  });

  test('of data is the one of text', () => {
    const at = { subject: new Uint8Array(32).fill(1), uses: 3 };
    const schema = sourcesOf().schema;
    const domain = readSchema(schema);
    if (!('schema' in domain)) throw new Error('no schema');
    const head = { effect: 'permit', principal: {}, action: {}, resource: {}, conditions: [] } as const;
    const forbids = { name: 'f', text: '@id("f") forbid (principal, action, resource);' };
    const rules: Rule[] = [
      { ...head, id: 'e', expected: true, conditions: [] },
      { ...head, id: 'c', count: 7, conditions: [] },
    ];
    const text = `@expect @id("e") ${PERMIT}; @id("c") @count("7") ${PERMIT}; ${forbids.text}`;
    const compiled = compile({ ...sourcesOf({ policies: text }), labels: [] }, at);
    const built = buildLayer(domain.schema, rules, forbids, at);
    expect('policy' in compiled && compiled.policy.program).toEqual('program' in built && built.program);
  });
});

/** The flags of the one attribute of a context. */
function flagsOf(attribute: string): number {
  const text = `entity A; action a appliesTo { principal: A, resource: A, context: { ${attribute} } };`;
  const small = readSchema({ name: 's', text });
  if (!('schema' in small)) throw new Error('no schema');
  const { section } = small.schema;
  const view = new DataView(section.buffer, section.byteOffset);
  // One value type of two words behind the six counts; then name, type and flags.
  return view.getUint32(6 * 4 + 2 * 4 + 2 * 4, true);
}

test('the schema section marks what is sensitive', () => {
  const attributes = ['b: Bool', '@sensitive b: Bool', '@sensitive b?: Bool', 'b?: Bool'];
  expect(attributes.map(flagsOf)).toEqual([1, 3, 2, 0]);
});
