import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mintPlan, parseDraft } from '../../bindings/authority/draft.ts';
import { SCOPE_KEYS } from '../../bindings/authority/scope.ts';
import { DRAFTS, key, minted } from './grants.ts';
import { NOW_MS } from './judge.ts';

const by = { key: key(1), nowMs: NOW_MS, random: (length: number) => new Uint8Array(length) };
const draft = { level: 'objective', statement: 'Refactor', scope: { read: ['/work'] }, expires: '8h' };
const { level: _, ...part } = draft;
const parent = minted(DRAFTS.objective, key(1));

const messageOf = (result: object): string | undefined =>
  (result as { refusal?: { message: string } }).refusal?.message;

describe('parseDraft()', () => {
  test.each([
    ['8h', NOW_MS + 8 * 3_600_000],
    ['1d90m', NOW_MS + 25.5 * 3_600_000],
    ['1500ms', NOW_MS + 1000],
    ['2030-01-31T12:00:00Z', Date.UTC(2030, 0, 31, 12)],
    ['2030-01-31', Date.UTC(2030, 0, 31)],
  ])('takes an end of %s', (expires, expiresMs) => {
    expect(parseDraft({ ...draft, expires }, NOW_MS, undefined)).toMatchObject({ draft: { expiresMs } });
  });

  test('lets a child end with its parent', () => {
    const { expires: _expires, ...child } = draft;
    expect(parseDraft(child, NOW_MS, parent)).toMatchObject({ draft: { expiresMs: parent.expiresMs } });
    expect(messageOf(parseDraft(child, NOW_MS, undefined))).toContain('expires: ');
  });

  test.each([
    ['no object', [], 'must be an object'],
    ['an unknown name', { ...draft, quota: 1 }, 'quota: unknown'],
    ['an unknown level', { ...draft, level: 'step' }, 'level: '],
    ['no statement', { ...draft, statement: undefined }, 'statement: '],
    ['no scope', { ...draft, scope: undefined }, 'scope: '],
    ['a bad entry', { ...draft, scope: { read: ['work'] } }, 'scope.read[0] "work": '],
    ['an end that is a number', { ...draft, expires: 8 }, 'expires: '],
    ['an end that is no time', { ...draft, expires: 'tomorrow' }, 'expires: '],
    ['a session that is no text', { ...draft, session: 1 }, 'session: '],
    ['an expectation that is no scope', { ...draft, expect: { dynamic: true } }, 'expect.dynamic: unknown'],
    ['a delegate that is no key', { ...draft, delegate: 'me' }, 'delegate: '],
  ])('refuses %s', (_why, value, message) => {
    expect(messageOf(parseDraft(value, NOW_MS, undefined))).toContain(message);
  });
});

describe('mintPlan()', () => {
  const { expires: _expires, ...child } = part;
  const plan = {
    objective: part,
    intent: child,
    plan: child,
    steps: [child, { ...child, scope: { read: ['/work/a'] } }],
  };

  test('mints a chain, and every step below its end', () => {
    const made = mintPlan(plan, by);
    if (!('chain' in made)) throw new Error(made.refusal.message);
    expect(made.chain.map(({ level }) => level)).toEqual(['objective', 'intent', 'plan']);
    expect(made.steps.map(({ level, depth, delegate }) => [level, depth, delegate])).toEqual([
      ['plan', 3, undefined],
      ['plan', 3, undefined],
    ]);
  });

  test('lets nobody mint below its end', () => {
    expect(mintPlan({ objective: part }, by)).toMatchObject({ chain: [{ depth: 0 }], steps: [] });
    const made = mintPlan({ objective: part }, by);
    expect('chain' in made && made.chain[0]).not.toHaveProperty('delegate');
  });

  test.each([
    ['no object', [], 'must be an object'],
    ['an unknown name', { ...plan, step: [] }, 'step: unknown'],
    ['no objective', { intent: child }, 'objective: must be given'],
    ['steps that are no list', { ...plan, steps: {} }, 'steps: must be a list'],
    ['a level where the place says it', { objective: draft }, 'objective: level: '],
    ['a delegate above others', { ...plan, intent: { ...child, delegate: by.key.publicJwk } }, 'intent: delegate: '],
    ['a step that widens', { ...plan, steps: [child, { ...child, scope: { read: ['/'] } }] }, 'steps[1]: the plan: '],
    ['a step that outlives', { ...plan, steps: [{ ...child, expires: '9h' }] }, 'steps[0]: the plan: it ends '],
  ])('refuses %s', (_why, value, message) => {
    expect(messageOf(mintPlan(value, by))).toContain(message);
  });
});

test('the schema for editors has the names that are read', () => {
  const schema = JSON.parse(readFileSync(new URL('../../docs/schema/grant.schema.json', import.meta.url), 'utf8')) as {
    $defs: Record<string, { properties: object }>;
  };
  const namesOf = (name: string): string[] => Object.keys(schema.$defs[name]!.properties);
  expect(namesOf('scope')).toEqual([...SCOPE_KEYS, 'dynamic', 'forbid']);
  expect(namesOf('expect')).toEqual([...SCOPE_KEYS]);
  expect(messageOf(parseDraft({ x: 1 }, NOW_MS, undefined))).toBe(
    `x: unknown; a grant has ${namesOf('grant').join(', ')}`,
  );
  expect(messageOf(mintPlan({ x: 1 }, by))).toBe(`x: unknown; a plan file has ${namesOf('plan').join(', ')}`);
});
