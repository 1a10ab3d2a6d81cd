// Owns: the vectors of the session's state beside it: what the engine makes of events and requests, step by step (SPEC
// §6.5–§6.8). `node test/vectors/state/make.ts` writes them. States and decisions come from the plain reference of
// test/differential, which is written from SPEC alone; programs from the compiler.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { compileProgram } from '../../differential/core.ts';
import { encode } from '../../differential/reference/cbor.ts';
import { CODE } from '../../differential/reference/codes.ts';
import { approvalDigest, decide, type Program } from '../../differential/reference/decide.ts';
import { parsePolicy, type Policy } from '../../differential/reference/policy.ts';
import { requestItem, type Request } from '../../differential/reference/request.ts';
import { parseSchema } from '../../differential/reference/schema.ts';
import {
  eventBytes,
  INITIAL_STATE,
  note,
  stateBytes,
  type Event,
  type Selector,
  type State,
} from '../../differential/reference/state.ts';
import { entity } from '../../differential/reference/value.ts';

/** One call of the engine, in hex: the bytes it is given, the number it returns, the state after, and a decision. */
export type Call = { returns: number; state: string } & ({ note: string } | { decide: string; decision: string });

export interface StateVector {
  name: string;
  why: string;
  program: string;
  layers: string[];
  calls: Call[];
}

interface Asked {
  n?: number;
  path?: string;
  content?: string;
  time?: number;
  continued?: true;
}
type Step =
  | { event: Event }
  | { malformed: string }
  /** An approval of just that. */
  | { approves: Asked[]; expires: bigint }
  | { asked: Asked[] };

interface Session {
  labels?: string[];
  policies?: string[];
  layers?: string[][];
  uses?: number[];
}

const SCHEMA = `
entity U;
@derived("path")
entity P in [P];
type Session = { requests: Long, blocked: Long, outside: Long, recent: Long, surprising: Long, tokens: Long, modelRequests: Long, spend: Long };
action a appliesTo { principal: U, resource: P, context: { n: Long, content?: String, @supplied labels: Set<String>, @supplied session: Session } };`;
const PARSED = parseSchema(SCHEMA);

const sha256 = (bytes: Uint8Array | string): Uint8Array => createHash('sha256').update(bytes).digest();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
/** The subject of the n-th layer. */
const subject = (n: number): Uint8Array => sha256(`grant ${n}`);
const NONE = new Uint8Array(32);

const isExpected = ({ annotations }: Policy): boolean => annotations.has('expect');

function build({ labels = [], policies = [PERMIT], layers = [], uses = [] }: Session) {
  const sources = { schema: SCHEMA, authorityRequired: false };
  const bytes = compileProgram({ ...sources, labels, policies });
  const pushed = layers.map((texts, n) =>
    compileProgram(
      { ...sources, labels: [], policies: texts },
      { subject: subject(n), ...(uses[n] === undefined ? {} : { uses: uses[n] }) },
    ),
  );
  const parsed = [policies, ...layers].map((texts) => texts.map((text, index) => parsePolicy(`policy${index}`, text)));
  const program: Program = {
    schema: PARSED,
    labels: labels.map((text, index) => parsePolicy(`label${index}`, text)),
    levels: parsed.map((level) => level.filter((policy) => !isExpected(policy))) as Program['levels'],
    expected: parsed.slice(1).map((level) => level.filter(isExpected)),
    grants: layers.map((_, n) => ({ subject: subject(n), uses: uses[n] ?? 0 })),
    authorityRequired: false,
    digest: sha256(bytes),
    layersDigest: sha256(encode(pushed.map(sha256))),
  };
  return { bytes, pushed, program };
}

function requestOf(
  { n = 0, path = '/w/x', content, time = 100, continued }: Asked,
  { layersDigest }: Program,
): Request {
  return {
    principal: entity('U', 'u'),
    action: entity('Action', 'a'),
    resource: entity('P', path),
    context: new Map<string, bigint | string>([
      ['n', BigInt(n)],
      ...(content === undefined ? [] : [['content', content] as const]),
    ]),
    authority: layersDigest,
    time: BigInt(time),
    entities: [],
    ...(continued === undefined ? {} : { continued }),
  };
}

function call(program: Program, state: State, step: Step): { call: Call; state: State } {
  if ('malformed' in step) {
    const unchanged = hex(stateBytes(state));
    return { call: { note: step.malformed, returns: CODE.malformedRequest, state: unchanged }, state };
  }
  if ('asked' in step) {
    const items = step.asked.map((asked) => requestItem(requestOf(asked, program)));
    const bytes = encode(items.length === 1 ? items[0]! : items);
    const answer = decide(program, state, bytes);
    const decided = { decide: hex(bytes), returns: answer.packed, decision: hex(answer.bytes) };
    return { call: { ...decided, state: hex(stateBytes(answer.state)) }, state: answer.state };
  }
  const event: Event =
    'event' in step
      ? step.event
      : {
          kind: 'approval',
          digest: approvalDigest(
            step.approves.map((asked) => requestOf(asked, program)),
            program,
          ),
          expires: step.expires,
          time: 0n,
        };
  const noted = note(state, event);
  const after = noted ?? state;
  const returns = noted === undefined ? CODE.stateLimit : 0;
  return { call: { note: hex(eventBytes(event)), returns, state: hex(stateBytes(after)) }, state: after };
}

function vector(name: string, why: string, session: Session, steps: Step[]): StateVector {
  const { bytes, pushed, program } = build(session);
  const calls: Call[] = [];
  let state = INITIAL_STATE;
  for (const step of steps) {
    const made = call(program, state, step);
    calls.push(made.call);
    state = made.state;
  }
  return { name, why, program: hex(bytes), layers: pushed.map(hex), calls };
}

const PERMIT = 'permit(principal, action, resource);';
const ASK = '@verdict("approve") forbid(principal, action, resource) when { context.n == 1 };';
const EXPECT = '@expect permit(principal, action, resource) when { context.n == 0 };';
const ASK_SURPRISING =
  '@verdict("approve") forbid(principal, action, resource) when { context.labels.contains("surprising") };';
const LABELS = [
  '@label("a") permit(principal, action, resource) when { context.n == 9 };',
  '@label("bb") permit(principal, action, resource) when { context.n == 9 };',
];

const SELECTOR: Selector = {
  action: entity('Action', 'a'),
  within: entity('P', '/w'),
  subject: NONE,
  content: null,
  uses: 1n,
  expires: 1000n,
};
const select = (parts: Partial<Selector> = {}, time = 0n): Step => ({
  event: { kind: 'selector', selector: { ...SELECTOR, ...parts }, time },
});
const ask = (...asked: Asked[]): Step => ({ asked });
const approval = (n: number, expires: bigint, time = 0n): Step => ({
  event: { kind: 'approval', digest: sha256(`approval ${n}`), expires, time },
});
const revoke = (n: number): Step => ({ event: { kind: 'revocation', subject: subject(n) } });
const labels = (...names: string[]): Step => ({ event: { kind: 'labels', labels: names } });
const amounts = (...numbers: [bigint, bigint, bigint]): Step => ({ event: { kind: 'amounts', amounts: numbers } });
const many = (count: number, step: (n: number) => Step): Step[] => Array.from({ length: count }, (_, n) => step(n));
const asks: Session = { policies: [PERMIT, ASK] };
const ONE: Asked = { n: 1 };

export const STATE_VECTORS: StateVector[] = [
  vector(
    'nothing-said',
    'three requests, one blocked',
    { policies: [PERMIT, 'forbid(principal, action, resource) when { context.n == 2 };'] },
    [ask({}), ask({ n: 2 }), ask({}, { n: 1 })],
  ),
  vector('approval-used', 'an approval lifts once', asks, [
    ask(ONE),
    { approves: [ONE], expires: 1000n },
    ask(ONE),
    ask(ONE),
  ]),
  vector('approval-expired', 'it ends when it expires', asks, [
    { approves: [{ ...ONE, time: 100 }], expires: 100n },
    ask(ONE),
  ]),
  vector('approval-replaced', 'of one digest the later counts', {}, [approval(1, 5n), approval(1, 4n)]),
  vector('approvals-dropped', 'both kinds that expire at or before the time are dropped first', {}, [
    approval(1, 10n),
    approval(2, 11n),
    select({ expires: 10n }),
    select({ expires: 11n, content: 'x' }),
    approval(3, 5n, 10n),
  ]),
  vector('approvals-32', 'a 33rd does not fit, and drops nothing', {}, [
    select({ expires: 1n }),
    ...many(32, (n) => approval(n, 100n)),
    approval(32, 100n, 50n),
  ]),
  vector('revoked', 'a layer whose subject is revoked judges nothing', { layers: [[PERMIT], [PERMIT]] }, [
    ask({}),
    revoke(1),
    ask({}),
    revoke(1),
    ask({}, {}),
  ]),
  vector('uses', 'a layer with two uses', { layers: [[PERMIT]], uses: [2] }, [
    ask({}),
    ask({}, {}),
    ask({}),
    ask({ continued: true }),
  ]),
  vector('uses-none-continued', 'continued, where no use is counted', { layers: [[PERMIT]], uses: [2] }, [
    ask({ continued: true }),
  ]),
  vector('labels', 'labels that came back are sticky', { labels: LABELS }, [labels('a', 'bb'), ask({}), labels('a')]),
  vector('labels-unknown', 'a label that the program lacks', { labels: LABELS }, [{ malformed: '8202816163' }]),
  vector('labels-surprising', 'the label of the engine', { labels: LABELS }, [
    { malformed: '8202816a73757270726973696e67' },
  ]),
  vector('labels-out-of-order', 'labels that do not ascend', { labels: LABELS }, [
    { malformed: '82028262626261 61'.replace(' ', '') },
  ]),
  vector('labels-none', 'an array without labels', { labels: LABELS }, [{ malformed: '820280' }]),
  vector('amounts', 'are added', {}, [amounts(10n, 1n, 0n), amounts(20n, 1n, 700n)]),
  vector('amounts-most', 'do not grow beyond 2^53 − 1', {}, [
    amounts(2n ** 53n - 1n, 1n, 2n ** 52n),
    amounts(1n, 0n, 2n ** 52n),
  ]),
  vector('amounts-beyond', '2^53', {}, [{ malformed: '82038301011b0020000000000000' }]),
  vector('amounts-two', 'two numbers', {}, [{ malformed: '8203820101' }]),
  vector('selector-lifts', 'twice, then no more', asks, [select({ uses: 2n }), ask(ONE), ask(ONE), ask(ONE)]),
  vector('selector-replaced', 'one of the same purpose, with other uses and expiry', asks, [
    select(),
    select({ uses: 7n, expires: 9n }),
  ]),
  vector('selectors-in-order', 'of their bytes', {}, [
    select({ content: 'x' }),
    select(),
    select({ within: entity('P', '/') }),
    select({ subject: subject(0) }),
  ]),
  vector('selector-place', 'what it names and all below, not beside', asks, [
    select({ uses: 9n }),
    ...['/w', '/w/x/y', '/wx', '/'].map((path) => ask({ ...ONE, path })),
  ]),
  vector('selector-content', 'that content alone', asks, [
    select({ content: 'good' }),
    ask(ONE),
    ask({ ...ONE, content: 'evil' }),
    ask({ ...ONE, content: 'good' }),
  ]),
  vector('selector-no-content', 'null: the request states none', asks, [
    select(),
    ask({ ...ONE, content: '' }),
    ask(ONE),
  ]),
  vector('selector-expired', 'it ends when it expires', asks, [
    select(),
    ask({ ...ONE, time: 1000 }),
    ask({ ...ONE, time: 999 }),
  ]),
  vector('selector-of-level-0', 'lifts nothing in a layer', { ...asks, layers: [[PERMIT, ASK]] }, [
    select({ uses: 9n }),
    ask(ONE),
    select({ uses: 9n, subject: subject(0) }),
    ask(ONE),
  ]),
  vector('selector-of-another-grant', 'lifts nothing', { layers: [[PERMIT, ASK]] }, [
    select({ subject: subject(1) }),
    ask(ONE),
  ]),
  vector('selector-beside-approval', 'the approval of the very request is used', asks, [
    select(),
    { approves: [ONE], expires: 1000n },
    ask(ONE),
  ]),
  vector('selector-transaction', 'one use, whichever requests it lifts', asks, [
    select({ uses: 2n }),
    ask({}, ONE, ONE),
    ask(ONE),
  ]),
  vector(
    'selector-not-released',
    'what else is deferred uses none',
    { policies: [PERMIT, ASK, '@verdict("defer") forbid(principal, action, resource);'] },
    [select(), ask(ONE)],
  ),
  vector('selectors-32', 'a 33rd does not fit', {}, [
    ...many(32, (n) => select({ subject: sha256(`${n}`) })),
    select({ subject: sha256('32') }),
  ]),
  vector('selectors-9728', 'with the labels 9,728 bytes at most', { labels: LABELS }, [
    select({ content: 'x'.repeat(9_665) }),
    select({ content: 'x'.repeat(9_664) }),
    labels('a'),
  ]),
  vector('selector-no-uses', 'uses of 0', {}, [
    {
      malformed: `830486a20066416374696f6e016161a20061500162${hex(Buffer.from('/w'))}5820${'00'.repeat(32)}f6001903e800`,
    },
  ]),
  vector('selector-of-five', 'an array of five', {}, [
    { malformed: `830485a20066416374696f6e016161a20061500162${hex(Buffer.from('/w'))}5820${'00'.repeat(32)}f60100` },
  ]),
  vector('event-unknown', 'a kind that is none', {}, [{ malformed: '8205' }]),
  vector(
    'surprising',
    'outside of what is expected: labelled, asked about and counted',
    { policies: [PERMIT, ASK_SURPRISING], layers: [[PERMIT, EXPECT]] },
    [ask({}), ask({ n: 2 }), ask({})],
  ),
  vector('surprising-blocked', 'is not counted', { layers: [[EXPECT]] }, [ask({}), ask({ n: 2 })]),
  vector(
    'surprising-one-layer-of-two',
    'every layer that expects must',
    {
      layers: [
        [PERMIT, EXPECT],
        [PERMIT, '@expect permit(principal, action, resource);'],
      ],
    },
    [ask({}), ask({ n: 2 })],
  ),
  vector(
    'surprising-source',
    'a transaction has its source’s label, and each counts for itself',
    { layers: [[PERMIT, EXPECT]] },
    [ask({ n: 2 }, {}), ask({}, { n: 2 })],
  ),
  vector('counted', 'a permit with two uses', { layers: [['@count("2") permit(principal, action, resource);']] }, [
    ask({}),
    ask({ continued: true }),
    ask({}),
  ]),
  vector(
    'counted-transaction',
    'one use of each permit that matched',
    {
      layers: [
        [
          '@count("9") permit(principal, action, resource);',
          '@count("9") permit(principal, action, resource) when { context.n == 1 };',
        ],
      ],
    },
    [ask({}, ONE, ONE), ask({}, {})],
  ),
  vector(
    'counted-not-released',
    'what waits uses none',
    { ...asks, layers: [['@count("1") permit(principal, action, resource);']] },
    [ask(ONE), ask({}), ask({})],
  ),
  vector(
    'uses-64',
    'a decision that would count a 65th subject',
    { layers: [Array<string>(65).fill('@count("1") permit(principal, action, resource);')] },
    [ask({})],
  ),
];

export const text = (vectors: StateVector[]): string =>
  `[\n${vectors.map((each) => JSON.stringify(each)).join(',\n')}\n]\n`;

if (import.meta.main) writeFileSync(new URL('vectors.json', import.meta.url), text(STATE_VECTORS));
