// Vectors of logs with authority: grants that do not count, layers that are not theirs, layer sets that nobody made
// known, what people said. SPEC §9.1, §11. The engine is a stand-in. The layers are those of their grants, with a
// schema section of which nothing is read.
import { constant, entity, layerOf as layerWith, programOf } from '../grant/layer.ts';
import type { Policy, WrongLayer } from '../grant/layer.ts';
import { Person, chainOf, NOW_MS } from '../grant/write.ts';
import type { Json, Step } from '../grant/write.ts';
import {
  ENGINE,
  LOG_NUMBER,
  ORIGIN,
  SEED,
  SOURCE,
  STATES,
  TIME_MS,
  allow,
  block,
  blobs,
  checkpoint,
  close,
  decided,
  header,
  hex,
  layerSet,
  request,
  sealed,
  segments,
  segment,
} from './parts.ts';
import type { Changes, Files, Row } from './parts.ts';
import { LogWriter, encode, fields, rootOf, sha256 } from './write.ts';
import { MARKED as SECTION } from './schema.ts';
import type { Item } from './write.ts';

export const OWNER = new Person(0x61);
const PLANNER = new Person(0x62);
const STRANGER = new Person(0x63);
// Holds the key that signs the log's checkpoints.
const MEDIATOR = new Person(0x51);

const OBJECTIVE: Step = { issuer: OWNER, delegate: PLANNER, detail: { statement: 'Refactor the config' } };
const INTENT: Step = { issuer: PLANNER, delegate: PLANNER, detail: { statement: 'Split the file' } };
const PLAN: Step = { issuer: PLANNER, delegate: PLANNER, detail: { statement: 'Edit', uses: 3 } };
const ACTION: Step = {
  issuer: MEDIATOR,
  detail: { level: 'action', statement: 'cat config', session: ORIGIN, uses: 1 },
};
const STEPS = [OBJECTIVE, INTENT, PLAN, ACTION];

const PROGRAM = programOf(SECTION);
const layerOf = (token: string, forbids: Policy[] = [], wrong: WrongLayer = {}, section = SECTION) =>
  layerWith(token, forbids, wrong, section);
/** What the texts of `forbid` compile to. */
const FORBID = 'forbid (principal, action, resource in Dir::"/work/.git");';
const forbidden = (id: string, changes: Partial<Policy> = {}): Policy => {
  return { id, effect: 1, verdict: 6, resource: [2, null, entity('Dir', '/work/.git')], ...changes };
};

export const ORGANISATION = { keys: [OWNER.jwk] };

/** What a log with authority is made of; what a vector changes in it. */
interface Parts {
  tokens: string[];
  /** The layers of the header's set and of the grant record's. */
  first: Buffer[];
  next: Buffer[];
  trustSet: Json;
  headerChanges: Changes;
  /** Of the second segment's header. */
  laterChanges: Changes;
  grantChanges: Changes;
  eventChanges: Changes;
  event: Item;
  /** What the three decisions are judged under. */
  under: [Uint8Array, Uint8Array, Uint8Array];
  /** What `blobs/` lacks, and what lies under other names. */
  absent: Buffer[];
  swapped: [Buffer, Buffer][];
  split: boolean;
  program: Buffer;
  /** When the second decision is made, and from when on all after it is. */
  times: [number, number];
  /** What the second decision says, and the third. */
  answer: Changes;
  last: Changes;
}

const APPROVAL: Item[] = [0, Buffer.alloc(32, 7), TIME_MS + 1000, TIME_MS];
const REVOCATION = [1, Buffer.alloc(32, 7)];

function partsOf(changes: Partial<Parts> = {}): Parts {
  const tokens = changes.tokens ?? chainOf(STEPS);
  const first = changes.first ?? tokens.slice(0, 3).map((one) => layerOf(one));
  const next = changes.next ?? [...first, ...tokens.slice(3).map((one) => layerOf(one))];
  return {
    tokens,
    first,
    next,
    trustSet: ORGANISATION,
    headerChanges: {},
    laterChanges: {},
    grantChanges: {},
    eventChanges: {},
    event: APPROVAL,
    under: [layerSet(...first), layerSet(...next), layerSet(...first)],
    absent: [],
    swapped: [],
    split: false,
    program: PROGRAM,
    times: [TIME_MS, TIME_MS],
    answer: {},
    last: {},
    ...changes,
  };
}

const judged = (
  version: number,
  program: Buffer,
  authority: Uint8Array,
  state: Buffer,
  time = TIME_MS,
  answer: Changes = {},
) => {
  const decision = allow({ 9: sha256(program), 10: authority, 11: version, ...answer });
  return decided({ 0: encode(request(authority, new Map(), time)), 1: encode(decision), 3: time, 4: sha256(state) });
};
const without = (base: Record<number, Item>, changes: Changes) =>
  fields(Object.fromEntries(Object.entries({ ...base, ...changes }).filter(([, item]) => item !== undefined)) as never);

/**
 * Header, decision, grant, decision | approval, decision, close; from the bar on in a segment of its own if it is
 * split.
 */
function recordsOf(parts: Parts): [Buffer[], Buffer[]] {
  const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
  const { tokens, first, next, under, program } = parts;
  const trustSet = Buffer.from(JSON.stringify(parts.trustSet));
  const head = {
    7: sha256(program),
    12: first.map(sha256),
    13: [SOURCE, ...tokens.slice(0, 3).map((token) => Buffer.from(token))].map(sha256),
    15: sha256(trustSet),
  };
  log.add(0, header({ ...head, ...parts.headerChanges }));
  log.add(1, judged(1, program, under[0], STATES[1]!));
  const sources = [SOURCE, ...tokens.map((token) => Buffer.from(token))].map(sha256);
  log.add(4, without({ 0: next.map(sha256), 1: sources, 2: TIME_MS, 3: false }, parts.grantChanges));
  log.add(1, judged(2, program, under[1], STATES[2]!, parts.times[0], parts.answer));
  const before = log.records.length;
  if (parts.split) {
    const place = {
      2: 1,
      3: before,
      4: log.previous,
      5: [before, rootOf(log.records)],
      8: STATES[2]!,
      10: parts.times[0],
    };
    log.add(0, header({ ...head, ...place, ...parts.laterChanges }));
  }
  const said = { 0: encode(parts.event), 1: parts.times[1], 2: sha256(STATES[1]!), 3: 'alice' };
  log.add(3, without(said, parts.eventChanges));
  log.add(1, judged(4, program, under[2], STATES[2]!, parts.times[1], parts.last));
  log.add(8, close({ 1: log.records.length, 3: parts.times[1] }));
  return [log.records.slice(0, before), log.records.slice(before)];
}

function logOf(changes: Partial<Parts> = {}): Files {
  const parts = partsOf(changes);
  const [first, next] = recordsOf(parts);
  const contents = [
    ...parts.first,
    ...parts.next,
    ...parts.tokens.map((token) => Buffer.from(token)),
    Buffer.from(JSON.stringify(parts.trustSet)),
    SOURCE,
    ENGINE,
    parts.program,
  ];
  const files = blobs(...contents);
  for (const absent of parts.absent) delete files[nameOf(absent)];
  for (const [one, other] of parts.swapped) files[nameOf(one)] = other.toString('hex');
  const all = [...first, ...next];
  return {
    ...(parts.split ? segments([first, next]) : segment(all)),
    ...hex({ checkpoint: checkpoint(all) }),
    ...files,
  };
}

function nameOf(bytes: Uint8Array): string {
  return `blobs/${sha256(bytes).toString('hex')}`;
}

/** A log whose chain has these steps; the grant record's set is all of them. */
const steps = (...changed: Step[]) => logOf({ tokens: chainOf(changed) });
const proper = chainOf(STEPS);
const token = (at: number) => Buffer.from(proper[at]!);
const layers = proper.map((one) => layerOf(one));
const forged = (place: number) =>
  chainOf(STEPS.map((step, i) => (i === place ? { ...step, wrong: { signer: STRANGER } } : step)));
const nobody = { keys: [STRANGER.jwk] };
const unknown = Buffer.alloc(32, 9);

/** A log whose plan has another layer than its grant makes; the grant's subject and uses are kept. */
const altered = (wrong: WrongLayer, section = SECTION) =>
  logOf({ first: [...layers.slice(0, 2), layerOf(proper[2]!, [], wrong, section)] });
const policies = (change: (all: Policy[]) => Policy[]) => altered({ policies: change });
const changing = (id: string, change: (base: Policy) => Policy) =>
  policies((all) => all.map((each) => (each.id === id ? change(each) : each)));
/** A log whose plan lists `forbid`, with these policies for it. */
const withForbids = (forbids: Policy[], wrong: WrongLayer = {}, texts = [FORBID], section = SECTION) => {
  const scope = { read: ['/work'], forbid: texts };
  const tokens = chainOf([OBJECTIVE, INTENT, { ...PLAN, detail: { ...PLAN.detail, scope } }, ACTION]);
  const first = tokens.slice(0, 3).map((each, i) => (i === 2 ? layerOf(each, forbids, wrong, section) : layerOf(each)));
  return logOf({ tokens, first });
};
const added: Policy = {
  id: 'plan.write.0',
  actions: ['file.write', 'file.create', 'file.delete', 'file.rename'],
  resource: [2, null, entity('Dir', '/')],
};
const address = constant('address');

// One each; every one is loaded by the core and keeps the subject and uses of its grant.
const ALTERED: Row[] = [
  [
    'layer-instruction',
    0,
    'the expiry is a time before, not after',
    changing('plan.expiry', (base) => ({ ...base, code: base.code!.slice(0, 3) })),
  ],
  ['layer-constant', 0, 'the expiry is a year later', changing('plan.expiry', later)],
  [
    'layer-path',
    0,
    'the plan reads all',
    changing('plan.read.0', (base) => ({ ...base, resource: [2, null, entity('Dir', '/')] })),
  ],
  [
    'layer-resource',
    0,
    'one file is any',
    changing('plan.read.0.itself', (base) => ({ ...base, resource: [0, null, null] })),
  ],
  [
    'layer-condition',
    0,
    'a permit has a condition',
    changing('plan.read.0', (base) => ({ ...base, code: [[7, address]] })),
  ],
  ['layer-permit-added', 0, 'the plan writes', policies((all) => [...all.slice(0, 2), added, ...all.slice(2)])],
  ['layer-permit-behind', 0, 'a permit behind the expiry', policies((all) => [...all, added])],
  ['layer-expiry-removed', 0, 'the plan has no end', policies((all) => all.filter(({ id }) => id !== 'plan.expiry'))],
  [
    'layer-expiry-soft',
    0,
    'the end of the plan waits for approval',
    changing('plan.expiry', (base) => ({ ...base, verdict: 4 })),
  ],
  [
    'layer-dynamic-removed',
    0,
    'what cannot be told runs',
    policies((all) => all.filter(({ id }) => id !== 'plan.dynamic')),
  ],
  [
    'layer-actions-widened',
    0,
    'to read is to write',
    changing('plan.read.0', (base) => ({ ...base, actions: ['file.read', 'file.write'] })),
  ],
  [
    'layer-action-any',
    0,
    'any action',
    policies(([first, ...rest]) => [{ id: first!.id, resource: first!.resource! }, ...rest]),
  ],
  ['layer-label', 0, 'a label', altered({ labels: ['secret'] })],
  ['layer-constant-unused', 0, 'a constant that nothing names', altered({ constants: ['unused'] })],
  ['layer-order', 0, 'the expiry before the dynamic', policies((all) => all.toReversed())],
  ['layer-schema', 0, "another schema section than the program's", altered({}, Buffer.from('another section !'))],
  [
    'layer-of-its-parent',
    0,
    "the policies of the intent's layer",
    policies((all) => all.map((base) => ({ ...base, id: base.id.replace('plan', 'intent') }))),
  ],
  [
    'layer-forbid-for-none',
    0,
    'a forbid that the grant does not list',
    policies((all) => [...all, forbidden('plan.forbid.0')]),
  ],
  ['layer-program', 0, 'the program has no schema section', logOf({ program: Buffer.from('a program') })],
  ['forbid-missing', 0, 'the text of `forbid` has no policy', withForbids([])],
  [
    'forbid-one-for-two',
    0,
    'two texts, one policy',
    withForbids([forbidden('plan.forbid.0')], {}, [FORBID, `${FORBID} `]),
  ],
  [
    'forbid-permits',
    0,
    'a permit in the place of a forbid',
    withForbids([forbidden('plan.forbid.0', { effect: 0, verdict: 0 })]),
  ],
  ['forbid-label', 0, 'a label policy in the place of a forbid', withForbids([forbidden('plan.forbid.0', { set: 1 })])],
  ['forbid-other-name', 0, 'of another place', withForbids([forbidden('plan.forbid.1')])],
  [
    'forbid-permit-added',
    0,
    'beside a forbid a permit more',
    withForbids([forbidden('plan.forbid.0')], { policies: (all) => [...all, added] }),
  ],
  [
    'forbid-expiry-removed',
    0,
    'beside a forbid no end',
    withForbids([forbidden('plan.forbid.0')], { policies: (all) => all.filter(({ id }) => id !== 'plan.expiry') }),
  ],
  [
    'forbid-path',
    0,
    'beside a forbid the plan reads all',
    withForbids([forbidden('plan.forbid.0')], {
      policies: ([first, ...rest]) => [{ ...first!, resource: [2, null, entity('Dir', '/')] }, ...rest],
    }),
  ],
  [
    'forbid-actions-widened',
    0,
    'beside a forbid to read is to write',
    withForbids([forbidden('plan.forbid.0')], {
      policies: ([first, ...rest]) => [{ ...first!, actions: ['file.read', 'file.write'] }, ...rest],
    }),
  ],
  [
    'forbid-instruction',
    0,
    'beside a forbid an expiry turned round',
    withForbids([forbidden('plan.forbid.0')], {
      policies: (all) =>
        all.map((policy) =>
          policy.id === 'plan.expiry' ? { ...policy, code: [...policy.code!.slice(0, 2), [20, 0], [16, 0]] } : policy,
        ),
    }),
  ],
  [
    'forbid-schema',
    0,
    "beside a forbid another schema section than the program's",
    withForbids([forbidden('plan.forbid.0')], {}, [FORBID], Buffer.from('another section !')),
  ],
];

function later(base: Policy): Policy {
  const code = base.code!.with(1, [1, constant(fields({ 3: NOW_MS + 365 * 86_400_000 }))]);
  return { ...base, code };
}

export const AUTHENTICATED: Row[] = [
  ['good', null, 'two layer sets, decisions under both, an approval', logOf()],
  [
    'good-issuers-given',
    null,
    'the trust set comes from outside',
    logOf({ trustSet: nobody }),
    { issuers: ORGANISATION },
  ],
  ['good-split', null, 'what a segment makes known the next one knows', logOf({ split: true })],
  [
    'good-split-next',
    null,
    'a decision under a set of the segment before',
    logOf({ split: true, under: [layerSet(...layers.slice(0, 3)), layerSet(...layers), layerSet(...layers)] }),
  ],
  [
    'good-forbid',
    null,
    'a grant lists `forbid`, whose policies are not checked',
    withForbids([forbidden('plan.forbid.0')]),
  ],
  [
    'good-forbids',
    null,
    'two, of which one names constants that sort before and between the others',
    withForbids(
      [
        forbidden('plan.forbid.0'),
        forbidden('plan.forbid.1', {
          verdict: 4,
          actions: ['file.read'],
          code: [
            [6, constant('a')],
            [1, constant(7)],
            [18, 0],
          ],
        }),
      ],
      {},
      [
        FORBID,
        '@verdict("approve") forbid (principal, action == Action::"file.read", resource in Dir::"/work/.git") when { context.a == 7 };',
      ],
    ),
  ],
  ['good-revocation', null, 'a revocation', logOf({ event: REVOCATION })],
  ['approval-60000-before', null, 'a minute from approval to record', logOf({ times: [TIME_MS, TIME_MS + 60_000] })],
  ['allowed-before-expiry', null, 'a millisecond before the action expires', expiring(TIME_MS + 999)],
  [
    'blocked-at-expiry',
    null,
    'when the action expires',
    expiring(TIME_MS + 1000, { 0: 6, 1: 2, 2: 4, 4: [], 8: [false, ['x'], []] }),
  ],
  [
    'header-after-expiry',
    null,
    'a second segment after the plan expired: grants count at the first header',
    expiredLater(),
  ],
  ['good-current', null, 'the set that others are judged under from there on', logOf({ grantChanges: { 3: true } })],
  [
    'mismatch-under-unknown',
    null,
    'a request for a layer set that there is not is answered with authority-mismatch',
    sealed(mismatch()),
  ],
];

export const UNSEALED: Row[] = [];
export const UNAUTHENTICATED: Row[] = [['good-no-key', null, 'nobody vouches for it', logOf(), { seed: null }]];

export const NOT_REPLAYED: Row[] = [
  ['token-absent', null, 'the token of a layer is not there', logOf({ absent: [token(3)] })],
  ['layer-absent', null, 'a layer of the grant record is not there', logOf({ absent: [layers[3]!] })],
];

export const MALFORMED: Row[] = [
  ['trust-set-absent', 0, 'layers, but no trust set', logOf({ headerChanges: { 15: null } })],
  ['trust-set-no-key', 0, 'no key 15', logOf({ headerChanges: { 15: undefined } })],
  ['trust-set-without-layers', 0, 'a trust set, but no layers', logOf({ headerChanges: { 12: [] } })],
  ['trust-set-short', 0, 'a digest of 31 bytes', logOf({ headerChanges: { 15: Buffer.alloc(31) } })],
  [
    'grant-nine-layers',
    2,
    'deeper than allowed',
    logOf({ next: [...layers, ...Array.from({ length: 5 }, (_, uses) => layerOf(proper[3]!, [], { uses }))] }),
  ],
  ['grant-current-number', 2, '1 for true', logOf({ grantChanges: { 3: 1 } })],
  ['grant-time-absent', 2, 'no key 2', logOf({ grantChanges: { 2: undefined } })],
  ['grant-time-beyond', 2, 'at 2^63', logOf({ grantChanges: { 2: 2n ** 63n } })],
  ['approval-time-beyond', 4, 'recorded at 2^63', logOf({ eventChanges: { 1: 2n ** 63n } })],
  ['approval-event-time', 4, 'an approval at 2^53', logOf({ event: APPROVAL.with(3, 2n ** 53n) })],
  ['approval-event-time-below', 4, 'an approval before 1970', logOf({ event: APPROVAL.with(3, -1) })],
  ['approval-event-cbor', 4, 'the event is no CBOR', logOf({ eventChanges: { 0: Buffer.of(0xff) } })],
  ['approval-event-kind', 4, 'an event there is not', logOf({ event: [5, Buffer.alloc(32)] })],
  ['approval-event-short', 4, 'a digest of 31 bytes', logOf({ event: [1, Buffer.alloc(31)] })],
  ['approval-event-expires', 4, 'expires before 1970', logOf({ event: [0, Buffer.alloc(32), -1, TIME_MS] })],
  ['approval-by-too-long', 4, '129 characters', logOf({ eventChanges: { 3: 'x'.repeat(129) } })],
];

export const TAMPERED: Row[] = [
  ['forged', 0, 'the intent is signed by another key', logOf({ tokens: forged(1) })],
  ['forged-action', 2, 'the action is signed by another key', logOf({ tokens: forged(3) })],
  [
    'expired',
    2,
    'the action had expired when it was made known',
    steps(OBJECTIVE, INTENT, PLAN, { ...ACTION, claims: { exp: NOW_MS / 1000 } }),
  ],
  [
    'expired-when-opened',
    0,
    'the objective had expired',
    steps(...STEPS.map((step) => ({ ...step, claims: { exp: 1 } }))),
  ],
  ['widened', 0, 'the plan reads what the intent does not', steps(OBJECTIVE, INTENT, grants(PLAN, ['/etc']), ACTION)],
  [
    'widened-action',
    2,
    'the action reads what the plan does not',
    steps(OBJECTIVE, INTENT, PLAN, grants(ACTION, ['/'])),
  ],
  [
    're-parented',
    0,
    'an intent of another objective',
    logOf({ tokens: proper.with(0, chainOf([{ ...OBJECTIVE, detail: { statement: 'else' } }])[0]!) }),
  ],
  [
    'self-issued',
    0,
    'the objective is by whom nobody trusts',
    steps({ ...OBJECTIVE, issuer: STRANGER }, INTENT, PLAN, ACTION),
  ],
  ['self-issued-given', 0, 'trusted by the log alone', logOf(), { issuers: nobody }],
  ['truncated', 0, 'the objective has no layer', logOf({ first: layers.slice(1, 3), next: layers.slice(1) })],
  [
    'cut-out',
    2,
    'the plan has no layer',
    logOf({ first: layers.slice(0, 2), next: [...layers.slice(0, 2), layers[3]!] }),
  ],
  [
    'other-session',
    0,
    'the plan is for another session',
    steps(OBJECTIVE, INTENT, { ...PLAN, detail: { session: 'plumbline/other' } }, ACTION),
  ],
  [
    'action-of-another-session',
    2,
    'by the mediator, for another session',
    steps(OBJECTIVE, INTENT, PLAN, { ...ACTION, detail: { ...ACTION.detail, session: 'plumbline/other' } }),
  ],
  [
    'undelegated',
    0,
    'the plan is by whom the intent does not name',
    steps(OBJECTIVE, INTENT, { ...PLAN, issuer: STRANGER }, ACTION),
  ],
  [
    'action-by-another-mediator',
    2,
    'no key of the header',
    steps(OBJECTIVE, INTENT, PLAN, { ...ACTION, issuer: STRANGER }),
  ],
  [
    'depth',
    2,
    'the action says the depth of the plan',
    steps(OBJECTIVE, INTENT, PLAN, { ...ACTION, claims: { del_depth: 2 } }),
  ],
  [
    'layer-without-grant',
    0,
    'a layer whose subject is zeros',
    logOf({ first: [...layers.slice(0, 2), layerOf(proper[2]!, [], { subject: Buffer.alloc(32) })] }),
  ],
  ['layer-no-layer', 0, 'a layer that is none', logOf({ first: [...layers.slice(0, 2), Buffer.from('a layer')] })],
  [
    'token-unlisted',
    0,
    "the plan's token is not among the header's sources",
    logOf({ headerChanges: { 13: [SOURCE, ...[0, 1].map(token)].map(sha256) } }),
  ],
  [
    'token-unlisted-later',
    2,
    "the action's token is among no sources",
    logOf({ grantChanges: { 1: [sha256(SOURCE)] } }),
  ],
  [
    'layer-uses',
    0,
    'four uses for three',
    logOf({ first: [...layers.slice(0, 2), layerOf(proper[2]!, [], { uses: 4 })] }),
  ],
  [
    'layer-uses-unlimited',
    2,
    'any number of uses for one',
    logOf({ next: [...layers.slice(0, 3), layerOf(proper[3]!, [], { uses: 0 })] }),
  ],
  ...ALTERED,
  ['approval-time-back', 4, 'given before the request before', logOf({ event: APPROVAL.with(3, TIME_MS - 1) })],
  ['approval-after-record', 4, 'recorded before it was given', logOf({ event: APPROVAL.with(3, TIME_MS + 1) })],
  ['approval-60001-before', 4, 'recorded too late', logOf({ times: [TIME_MS, TIME_MS + 60_001] })],
  ['allowed-at-expiry', 3, 'allowed when the action expires', expiring(TIME_MS + 1000)],
  [
    'decision-under-unknown',
    5,
    'a layer set that nobody made known',
    logOf({ under: [layerSet(...layers.slice(0, 3)), layerSet(...layers), unknown] }),
  ],
  [
    'decision-before-grant',
    1,
    'a layer set that is made known later',
    logOf({ under: [layerSet(...layers), layerSet(...layers), layerSet(...layers)] }),
  ],
  [
    'decision-under-unknown-split',
    6,
    'likewise, in the second segment',
    logOf({ split: true, under: [layerSet(...layers.slice(0, 3)), layerSet(...layers), unknown] }),
  ],
  [
    'grant-does-not-extend',
    2,
    "its layers leave out one of the header's",
    logOf({ next: [layers[0]!, layers[2]!, layers[3]!] }),
  ],
  ['grant-shorter', 2, "fewer layers than the header's", logOf({ next: layers.slice(0, 2) })],
  [
    'trust-set-swapped',
    0,
    'another trust set under its name',
    logOf({ swapped: [[Buffer.from(JSON.stringify(ORGANISATION)), Buffer.from(JSON.stringify(nobody))]] }),
  ],
  ['trust-set-other', 0, 'the header names a trust set without the issuer', logOf({ trustSet: nobody })],
  ['trust-set-no-keys', 0, 'no JWK Set', logOf({ trustSet: { keys: 'all' } })],
  ['token-swapped', 0, 'another token under its name', logOf({ swapped: [[token(1), token(2)]] })],
  [
    'trust-set-changed',
    4,
    'the second header names another trust set',
    logOf({ split: true, laterChanges: { 15: sha256(Buffer.from(JSON.stringify(nobody))) } }),
  ],
  ['state-not-initial', 0, 'a session that begins with an approval', logOf({ headerChanges: { 8: approvedState() } })],
];

/** A log whose action expires a second after its beginning; its decision is of `time`. */
function expiring(time: number, answer: Changes = {}): Files {
  const action = { ...ACTION, claims: { exp: TIME_MS / 1000 + 1 } };
  return logOf({ tokens: chainOf([...STEPS.slice(0, 3), action]), times: [time, time], event: REVOCATION, answer });
}

/** A log whose plan and action have expired when its second segment begins; all is blocked from there on. */
function expiredLater(): Files {
  const claims = { exp: TIME_MS / 1000 + 1 };
  const tokens = chainOf([OBJECTIVE, INTENT, { ...PLAN, claims }, { ...ACTION, claims }]);
  const refused = { 0: 6, 1: 2, 2: 3, 4: [], 8: [false, ['x'], []] };
  const time = TIME_MS + 1000;
  return logOf({ tokens, split: true, times: [time, time], event: REVOCATION, answer: refused, last: refused });
}

function grants(step: Step, read: string[]): Step {
  return { ...step, detail: { ...step.detail, scope: { read } } };
}

// A decision that says authority-mismatch, of a request for a set that nobody made known.
function mismatch(): Buffer[] {
  const log = new LogWriter(SEED, ORIGIN, LOG_NUMBER);
  log.add(0, header());
  log.add(1, decided({ 0: encode(request(unknown)), 1: encode(new Map([...block(1), [1, 14]])) }));
  log.add(8, close({ 1: 2, 2: sha256(STATES[1]!) }));
  return log.records;
}

// The initial state, but for an approval.
function approvedState(): Buffer {
  const lists = { 3: [], 4: [], 6: [], 7: [[Buffer.alloc(32, 7), TIME_MS + 1000]], 8: [], 9: [0, 0, 0], 11: [] };
  return encode(fields({ 0: 0, 1: 0, 2: 0, 5: 0, 10: 0, ...lists }));
}
