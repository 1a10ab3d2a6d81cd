// The strict lift of SPEC §6.1, read from the page as a truth table and compared with the engine in every combination.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readDecision } from '../../bindings/decision.ts';
import { loadEngine } from '../../bindings/engine.ts';
import { encodeRequest, type Request } from '../../bindings/request.ts';
import { compile } from '../../engine/compiler/index.ts';

const spec = readFileSync(new URL('../../SPEC.md', import.meta.url), 'utf8');
const [table] = /### 6\.1 Two answers\n[\s\S]*?(?=\n### )/.exec(spec)!;
const rows = [...table.matchAll(/^\| \d \| (.+?) \| (.+?) \| (.+?) \|$/gm)].map(([, condition, verdict, code]) => ({
  condition: condition!,
  verdict: verdict!,
  code: code!,
}));

const OUTCOMES = ['absent', 'no match', 'match', 'error'] as const;
type Outcome = (typeof OUTCOMES)[number];

/** What a policy's condition must be for the outcome, under a context of `{n: 1}`. */
const CONDITION: Record<Exclude<Outcome, 'absent'>, string> = {
  'no match': 'context.n == 2',
  match: 'context.n == 1',
  error: 'context.n + 9223372036854775807 == 0',
};

interface Case {
  valid: boolean;
  permit: Outcome;
  hard: Outcome;
  /** Outcomes of two soft forbids. */
  approve: Outcome;
  degrade: Outcome;
}

const soft = ({ approve, degrade }: Case): string[] =>
  [
    approve === 'match' || approve === 'error' ? 'approve' : '',
    degrade === 'match' || degrade === 'error' ? 'degrade' : '',
  ].filter(Boolean);

/** The conditions of the table, in its own words. */
const HOLDS: Record<string, (it: Case) => boolean> = {
  'strict validation failed': (it) => !it.valid,
  'a hard forbid matches': (it) => it.hard === 'match',
  'a hard forbid errors': (it) => it.hard === 'error',
  'no permit matches': (it) => it.permit !== 'match',
  'a soft forbid matches or errors': (it) => soft(it).length > 0,
  otherwise: () => true,
};

const VERDICT: Record<string, (it: Case) => string> = {
  'the most restrictive among them; each adds a constraint': (it) => soft(it)[0]!,
};

const engine = loadEngine(readFileSync(new URL('../../engine/engine.wasm', import.meta.url)));
const AUTHORITY = Buffer.from('76be8b528d0075f7aae98d6fa57a6d3c83ae480a8469e668d7b0af968995ac71', 'hex');
const STATE = Buffer.from('ac00000100020003800480050006800780088009830000000a000b80', 'hex');
const SCHEMA = `entity User, Doc;
action read appliesTo { principal: User, resource: Doc, context: { n: Long } };`;

const policy = (id: string, head: string, outcome: Outcome): string =>
  outcome === 'absent' ? '' : `@id("${id}") ${head} (principal, action, resource) when { ${CONDITION[outcome]} };\n`;

function load({ permit, hard, approve, degrade }: Omit<Case, 'valid'>): void {
  const text = [
    // A program without any policy is not what this is about.
    policy('other', 'permit', 'no match'),
    policy('permit', 'permit', permit),
    policy('hard', 'forbid', hard),
    policy('approve', '@verdict("approve") forbid', approve),
    policy('degrade', '@verdict("degrade") @profile("slow") forbid', degrade),
  ].join('');
  const schema = { name: 'schema', text: SCHEMA };
  const compiled = compile({ schema, policies: [{ name: 'policy', text }], labels: [], authority: 'none' });
  if ('diagnostics' in compiled) throw new Error(JSON.stringify(compiled.diagnostics));
  expect(engine.load(compiled.policy.program)).toBe(0);
}

function decide(valid: boolean): { verdict: string; code: string; constraints: string[] } {
  const context: Request['context'] = valid ? { n: 1 } : { n: 1, unknown: 1 };
  const request = { principal: { type: 'User', id: 'u' }, action: 'read', resource: { type: 'Doc', id: 'd' }, context };
  const bytes = encodeRequest(request, { authority: AUTHORITY, timeMs: 0 });
  if (!(bytes instanceof Uint8Array)) throw new Error(bytes.message);
  expect(engine.setState(STATE)).toBe(0);
  engine.request.set(bytes);
  const packed = engine.decide(bytes.length);
  const { verdict, code, constraints } = readDecision(engine.decision(), packed);
  return { verdict, code, constraints: constraints.map((constraint) => constraint.policy) };
}

test('every condition of the table is one this test knows', () => {
  expect(rows.map(({ condition }) => condition)).toEqual(Object.keys(HOLDS));
});

test('the engine follows the table in every combination', () => {
  const wrong: unknown[] = [];
  for (const permit of OUTCOMES)
    for (const hard of OUTCOMES)
      for (const approve of OUTCOMES)
        for (const degrade of OUTCOMES) {
          load({ permit, hard, approve, degrade });
          for (const valid of [true, false]) {
            const it = { valid, permit, hard, approve, degrade };
            const row = rows.find(({ condition }) => HOLDS[condition]!(it))!;
            const expected = {
              verdict: VERDICT[row.verdict]?.(it) ?? row.verdict,
              code: row.code === 'its code' ? 'unknown-attribute' : row.code,
              constraints: row.code === 'constrained' ? soft(it) : [],
            };
            const found = decide(valid);
            if (JSON.stringify(found) !== JSON.stringify(expected)) wrong.push({ it, expected, found });
          }
        }
  expect(wrong.slice(0, 3)).toEqual([]);
});
