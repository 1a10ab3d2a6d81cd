// Writes the grant vectors beside it: `node test/vectors/grant/make.ts`. One reason each, from SPEC §11.
// A vector: {name, expect: a code of SPEC §11.3 or "ok", grant: its place in the chain, or null, why, tokens: from the
// root down, trustSet: a JWK Set, mediators: [JWK of those who may sign actions of the session], nowMs, session}. Those
// of layers.ts are of another form, which stands there.
import { writeFileSync } from 'node:fs';
import { LAYER_VECTORS } from './layers.ts';
import { EXPIRES_S, NOW_MS, Person, chainOf } from './write.ts';
import type { Json, Step } from './write.ts';

export interface GrantVector {
  name: string;
  expect: string;
  grant: number | null;
  why: string;
  tokens: string[];
  trustSet: { keys: Json[] };
  mediators: Json[];
  nowMs: number;
  session: string;
}

export const SESSION = 'plumbline/vector';
export const OWNER = new Person(0x61);
export const PLANNER = new Person(0x62);
export const STRANGER = new Person(0x63);
export const MEDIATOR = new Person(0x64);

export const ROOT: Step = { issuer: OWNER, delegate: PLANNER };
export const CHILD: Step = { issuer: PLANNER, delegate: PLANNER };
const ACTION: Step = { issuer: MEDIATOR, detail: { level: 'action', session: SESSION, uses: 1 } };

type Row = [name: string, grant: number | null, why: string, steps: Step[] | string[], given?: Partial<GrantVector>];

const vector = (expect: string, [name, grant, why, steps, given = {}]: Row): GrantVector => ({
  name,
  expect,
  grant,
  why,
  tokens: typeof steps[0] === 'string' ? (steps as string[]) : chainOf(steps as Step[]),
  trustSet: { keys: [OWNER.jwk] },
  mediators: [MEDIATOR.jwk],
  nowMs: NOW_MS,
  session: SESSION,
  ...given,
});

const detail = (changes: Json): Step => ({ ...ROOT, detail: changes });
const claims = (changes: Json): Step => ({ ...ROOT, claims: changes });
const child = (changes: Json): Step => ({ ...CHILD, detail: changes });
const scoped = (scope: unknown) => [detail({ scope })];
const proper = chainOf([ROOT, CHILD, CHILD]);
const altered = (token: string, at: number) => {
  const parts = token.split('.');
  const bytes = Buffer.from(parts[at]!, 'base64url');
  bytes[bytes.length >> 1]! ^= 1;
  return parts.with(at, bytes.toString('base64url')).join('.');
};

const mail = (limits: Json) => ({ tool: 'mail/send', ...limits });
const tools = (...entries: unknown[]) => ({ tools: entries });

const PASSING: Row[] = [
  ['root', null, 'an objective alone', [ROOT]],
  ['three-levels', null, 'objective, intent, plan', [ROOT, CHILD, CHILD]],
  ['eight-levels', null, 'a plan and five steps of steps', [ROOT, ...Array.from({ length: 7 }, () => CHILD)]],
  ['level-left-out', null, 'a plan right below the objective', [ROOT, child({ level: 'plan' })]],
  ['scope-empty', null, 'grants nothing', scoped({})],
  ['action-of-the-mediator', null, 'bound to the session, by a key of the log', [ROOT, CHILD, CHILD, ACTION]],
  [
    'action-below-a-grant-without-delegate',
    null,
    'the mediator needs no delegation',
    [{ issuer: OWNER }, { ...ACTION }],
  ],
  ['session-of-the-log', null, 'bound to this session', [detail({ session: SESSION })]],
  ['uses-most', null, '2^32 − 1', [detail({ uses: 2 ** 32 - 1 })]],
  [
    'statement-of-1000',
    null,
    'as long as it may be, counted in characters',
    [detail({ statement: '\u{1d11e}'.repeat(1000) })],
  ],
  [
    'statement-unassigned',
    null,
    'no version of Unicode has that character',
    [detail({ statement: '\u0378 \u{1faff}\u{1fffe}' })],
  ],
  ['expect', null, 'all of its scope', [detail({ expect: { read: ['/work'] } })]],
  [
    'expect-tools',
    null,
    'limits of its own below names and counts',
    [
      detail({
        scope: tools('mail/*', { tool: 'bank/pay', count: 1 }),
        expect: tools('mail/read', mail({ targets: ['a'], amountMax: 1 }), { tool: 'bank/pay', amountMax: 4 }),
      }),
    ],
  ],
  [
    'expect-other-than-its-parent',
    null,
    'what a parent expects binds no child',
    [detail({ expect: { read: ['/work/a'] } }), child({ expect: { read: ['/work/b'] } })],
  ],
  ['expires-in-a-second', null, 'exp is after now', [ROOT], { nowMs: EXPIRES_S * 1000 - 1 }],
  ['expires-with-its-parent', null, 'at the same second', [ROOT, CHILD]],
  [
    'another-key-in-the-trust-set',
    null,
    'one of two issuers',
    [ROOT],
    { trustSet: { keys: [STRANGER.jwk, OWNER.jwk] } },
  ],
];

const MALFORMED: Row[] = [
  ['empty', 0, 'no token', ['']],
  ['two-parts', 0, 'no signature', [proper[0]!.slice(0, proper[0]!.lastIndexOf('.'))]],
  ['four-parts', 0, 'a part more', [`${proper[0]}.`]],
  ['token-too-long', 0, '65,537 characters', [`${proper[0]}${'A'.repeat(65_537 - proper[0]!.length)}`]],
  ['header-alg-none', 0, 'alg none', [{ ...ROOT, wrong: { header: { alg: 'none', typ: 'plumbline-grant+jwt' } } }]],
  ['header-typ', 0, 'another typ', [{ ...ROOT, wrong: { header: { alg: 'EdDSA', typ: 'JWT' } } }]],
  [
    'header-kid',
    0,
    'a parameter more',
    [{ ...ROOT, wrong: { header: { alg: 'EdDSA', typ: 'plumbline-grant+jwt', kid: '1' } } }],
  ],
  [
    'header-order',
    0,
    'the same header in another order',
    [{ ...ROOT, wrong: { header: { typ: 'plumbline-grant+jwt', alg: 'EdDSA' } } }],
  ],
  ['payload-space', 0, 'a space', [{ ...ROOT, wrong: { payload: (text) => `${text} ` } }]],
  ['payload-twice', 0, 'a claim twice', [{ ...ROOT, wrong: { payload: (text) => text.replace('{', '{"iat":0,') } }]],
  ['payload-exponent', 0, '1e0 for 1', [detailText({ uses: 1 }, '"uses":1', '"uses":1e0')]],
  ['payload-escape', 0, 'an escape that needs none', [detailText({}, 'step', '\\u0073tep')]],
  ['payload-bom', 0, 'a byte order mark', [{ ...ROOT, wrong: { payload: (text) => `\u{feff}${text}` } }]],
  [
    'payload-not-utf8',
    0,
    'ff in the statement',
    [{ ...ROOT, wrong: { payload: (text) => Buffer.from(text.replace('step', 'st\u{ff}p'), 'latin1') } }],
  ],
  ['payload-array', 0, 'no object', [{ ...ROOT, wrong: { payload: (text) => `[${text}]` } }]],
  ['payload-null', 0, 'null', [{ ...ROOT, wrong: { payload: () => 'null' } }]],
  ['iss-absent', 0, 'nobody', [claims({ iss: undefined })]],
  ['iss-short', 0, '31 bytes', [claims({ iss: Buffer.alloc(31).toString('base64url') })]],
  ['jti-absent', 0, 'no jti', [claims({ jti: undefined })]],
  ['jti-long', 0, '17 bytes', [claims({ jti: Buffer.alloc(17).toString('base64url') })]],
  ['iat-text', 0, 'a text', [claims({ iat: '0' })]],
  ['exp-fraction', 0, 'half a second', [claims({ exp: EXPIRES_S + 0.5 })]],
  ['exp-beyond', 0, 'the year 10,000', [claims({ exp: 253_402_300_800 })]],
  ['exp-absent', 0, 'for ever', [claims({ exp: undefined })]],
  ['cnf-private', 0, 'a private key', [claims({ cnf: { jwk: { ...PLANNER.jwk, d: PLANNER.jwk.x } } })]],
  ['cnf-kid', 0, 'a key by name', [claims({ cnf: { kid: 'planner' } })]],
  ['cnf-curve', 0, 'another curve', [claims({ cnf: { jwk: { ...PLANNER.jwk, crv: 'X25519' } } })]],
  ['cnf-null', 0, 'null is not absent', [claims({ cnf: null })]],
  ['root-with-parent', 0, 'par_hash in a root', [claims({ par_hash: PLANNER.thumbprint })]],
  ['child-without-parent', 1, 'no par_hash', [ROOT, { ...CHILD, claims: { par_hash: undefined } }]],
  ['depth-8', 0, 'at most 7', [claims({ del_depth: 8, par_hash: PLANNER.thumbprint })]],
  ['depth-negative', 0, '−1', [claims({ del_depth: -1, par_hash: PLANNER.thumbprint })]],
  ['details-none', 0, 'no detail', [claims({ authorization_details: [] })]],
  [
    'details-two',
    0,
    'two details',
    [{ ...ROOT, wrong: { payload: (text) => text.replace(/(\[)(\{.*\})(\])/, '$1$2,$2$3') } }],
  ],
  ['detail-type', 0, 'another type', [detail({ type: 'payment' })]],
  ['level-other', 0, 'a level there is not', [detail({ level: 'goal' })]],
  ['statement-empty', 0, 'says nothing', [detail({ statement: '' })]],
  ['statement-blank', 0, 'shows nothing', [detail({ statement: '  ' })]],
  ['iat-beyond', 0, 'the year 10,000', [claims({ iat: 253_402_300_800 })]],
  ['statement-too-long', 0, '1,001 characters', [detail({ statement: 'x'.repeat(1001) })]],
  ['statement-escape', 0, 'an escape sequence', [detail({ statement: 'read \u{1b}[2K' })]],
  ['statement-bidi', 0, 'a right-to-left override', [detail({ statement: 'read \u{202e}' })]],
  ['statement-line', 0, 'U+2028', [detail({ statement: 'read \u2028' })]],
  ['statement-private', 0, 'a private character', [detail({ statement: 'read \u{f0000}' })]],
  ['statement-surrogate', 0, 'half a character', [detail({ statement: 'read \ud800' })]],
  ['session-space', 0, 'no origin', [detail({ session: 'plumb line' })]],
  ['uses-0', 0, 'none', [detail({ uses: 0 })]],
  ['uses-beyond', 0, '2^32', [detail({ uses: 2 ** 32 })]],
  ['scope-absent', 0, 'no scope', [detail({ scope: undefined })]],
  ...(
    [
      ['scope-array', 'no object', []],
      ['scope-unknown', 'a name there is not', { delete: ['/'] }],
      ['list-empty', 'an empty list', { read: [] }],
      ['list-text', 'no list', { read: '/work' }],
      ['list-twice', 'an entry twice', { read: ['/work', '/work'] }],
      ['dynamic-false', 'true or absent', { dynamic: false }],
      ['path-relative', 'relative', { read: ['work'] }],
      ['path-dots', '..', { read: ['/work/../etc'] }],
      ['path-slash', 'a / at the end', { write: ['/work/'] }],
      ['path-double', 'an empty segment', { read: ['//work'] }],
      ['path-star', 'a *', { read: ['/work/*'] }],
      ['path-newline', 'a newline', { read: ['/work\n'] }],
      ['path-long', '4,097 bytes', { read: [`/${'é'.repeat(2048)}`] }],
      ['exec-empty', 'no name', { exec: [''] }],
      ['exec-double', '/ is all of it', { exec: ['//'] }],
      ['exec-star', 'any program', { exec: ['*'] }],
      ['exec-relative', 'a relative path', { exec: ['bin/sh'] }],
      ['host-upper', 'upper case', { connect: ['Example.org:443'] }],
      ['host-dot', 'a dot at the end', { connect: ['example.org.:443'] }],
      ['host-digits', 'a last label of digits', { connect: ['example.1:443'] }],
      ['host-star-inside', 'a * inside', { connect: ['a.*.org:443'] }],
      ['host-star-alone', 'a * without a name', { connect: ['*.:443'] }],
      ['port-absent', 'no port', { connect: ['example.org'] }],
      ['port-zeros', 'a leading zero', { connect: ['example.org:0443'] }],
      ['port-beyond', '65,536', { connect: ['example.org:65536'] }],
      ['ports-of-one', 'a range of one', { connect: ['example.org:443-443'] }],
      ['ports-descending', 'a range of none', { connect: ['example.org:444-443'] }],
      ['ports-all', 'all ports, not as *', { connect: ['example.org:0-65535'] }],
      ['ipv4-zeros', 'a leading zero', { connect: ['10.0.0.01:443'] }],
      ['ipv4-in-brackets', 'brackets', { connect: ['[10.0.0.1]:443'] }],
      ['ipv6-bare', 'no brackets', { connect: ['::1:443'] }],
      ['ipv6-upper', 'upper case', { connect: ['[2001:DB8::1]:443'] }],
      ['ipv6-long', 'zeros that RFC 5952 leaves out', { connect: ['[2001:db8:0:0::1]:443'] }],
      ['ipv6-one-zero', ':: for one zero', { connect: ['[2001:db8::1:1:1:1:1]:443'] }],
      ['ipv6-mapped', 'IPv4-mapped', { connect: ['[::ffff:a00:1]:443'] }],
      ['block-of-one', 'the longest prefix', { connect: ['10.0.0.1/32:443'] }],
      ['block-bits', 'a bit beyond the prefix', { connect: ['10.0.0.1/8:443'] }],
      ['block-outside', 'the prefix outside the brackets', { connect: ['[2001:db8::]/32:443'] }],
      ['block-zeros', 'a leading zero', { connect: ['10.0.0.0/08:443'] }],
      ['tool-without-owner', 'no owner', { tools: ['search'] }],
      ['tool-star-owner', 'all owners', { tools: ['*/search'] }],
      ['tool-star-below', 'all below a name', { tools: ['files/read/*'] }],
      ['tool-star-inside', 'a part of the name', { tools: ['github/issue*'] }],
      ['tool-object-empty', 'no limit', tools(mail({}))],
      ['tool-object-nameless', 'no tool', tools({ count: 1 })],
      ['tool-object-unknown', 'a member there is not', tools(mail({ count: 1, currency: 'EUR' }))],
      ['tool-object-all', 'all of an owner', tools({ tool: 'mail/*', count: 1 })],
      ['tool-object-owner', 'no owner', tools({ tool: 'send', count: 1 })],
      ['tool-object-null', 'null', tools(null)],
      ['tool-object-array', 'an array', tools(['mail/send'])],
      [
        'tool-object-twice',
        'the same members in another order',
        tools(mail({ count: 1 }), { count: 1, tool: 'mail/send' }),
      ],
      ['tool-object-in-models', 'models have names alone', { models: [mail({ count: 1 })] }],
      ['targets-empty', 'an empty list', tools(mail({ targets: [] }))],
      ['targets-text', 'no list', tools(mail({ targets: 'a' }))],
      ['targets-twice', 'a pattern twice', tools(mail({ targets: ['a', 'a'] }))],
      ['target-empty', 'an empty pattern', tools(mail({ targets: [''] }))],
      ['target-number', 'no text', tools(mail({ targets: [1] }))],
      ['target-long', '257 characters', tools(mail({ targets: ['\u{1d11e}'.repeat(257)] }))],
      ['target-star-inside', 'a * in the middle', tools(mail({ targets: ['a*b'] }))],
      ['target-stars', 'a * at both ends', tools(mail({ targets: ['*a*'] }))],
      ['target-stars-alone', 'two', tools(mail({ targets: ['**'] }))],
      ['target-control', 'a newline', tools(mail({ targets: ['a\n'] }))],
      ['amount-negative', '−1', tools(mail({ amountMax: -1 }))],
      ['amount-beyond', '2^53', tools(mail({ amountMax: 2 ** 53 }))],
      ['amount-fraction', 'a half', tools(mail({ amountMax: 0.5 }))],
      ['amount-text', 'a text', tools(mail({ amountMax: '400' }))],
      ['count-0', 'none', tools(mail({ count: 0 }))],
      ['count-beyond', '2^32', tools(mail({ count: 2 ** 32 }))],
      ['or-ask-false', 'true or absent', tools(mail({ targets: ['a'], orAsk: false }))],
      ['or-ask-alone', 'nothing to ask beyond', tools(mail({ orAsk: true }))],
      ['or-ask-counted', 'no count beside it', tools(mail({ targets: ['a'], count: 1, orAsk: true }))],
      [
        'or-ask-and-another',
        'another object of that tool',
        tools(mail({ targets: ['a'], orAsk: true }), mail({ count: 1 })),
      ],
      ['model-empty', 'no name', { models: ['openai/'] }],
      ['forbid-escape', 'an escape sequence', { forbid: ['forbid (principal, action, resource); // \u{1b}[2K'] }],
      ['path-line-separator', 'U+2028', { read: ['/a\u2028'] }],
      ['tool-private', 'a private character', { tools: ['a/\ue000'] }],
      ['forbid-paragraph', 'U+2029', { forbid: ['forbid (principal, action, resource);\u2029'] }],
      ['forbid-empty', 'an empty list', { forbid: [] }],
    ] as [string, string, unknown][]
  ).map(([name, why, scope]): Row => [name, 0, why, scoped(scope)]),
  ...(
    [
      ['null', 'null is not absent', null],
      ['empty', 'lists nothing', {}],
      ['unknown', 'a name there is not', { delete: ['/'] }],
      ['list-empty', 'an empty list', { read: [] }],
      ['dynamic', 'dynamic', { read: ['/work'], dynamic: true }],
      ['forbid', 'forbid', { read: ['/work'], forbid: ['forbid (principal, action, resource);'] }],
      ['count', 'an object with a count', tools(mail({ targets: ['a'], count: 1 }))],
      ['or-ask', 'an object with orAsk', tools(mail({ targets: ['a'], orAsk: true }))],
      ['beyond-scope', 'not within the scope', { read: ['/'] }],
      ['beyond-list', 'a list that the scope has not', { write: ['/work'] }],
      ['beyond-target', 'a target that the scope has not', tools(mail({ targets: ['b'] }))],
    ] as [string, string, unknown][]
  ).map(([name, why, expect]): Row => {
    const scope = { read: ['/work'], tools: [mail({ targets: ['a'] })], dynamic: true };
    return [`expect-${name}`, 0, why, [detail({ scope, expect })]];
  }),
];

const WELL_FORMED: Row[] = (
  [
    ['paths', { read: ['/', '/a b/é', '/...'], write: ['/work'] }],
    ['programs', { exec: ['/', '/usr/bin/', '/usr/bin/git', 'git', '.'] }],
    ['endpoints', { connect: ['*:*', 'example.org:443', '*.example.org:0-1023', 'a_b.x-y:*', 'localhost:65535'] }],
    [
      'addresses',
      { connect: ['10.0.0.1:443', '10.0.0.0/8:*', '0.0.0.0/0:1', '[::1]:80', '[2001:db8::/32]:*', '[::/0]:5'] },
    ],
    ['ipv6-runs', { listen: ['[2001:db8:0:1:1:1:1:1]:1', '[1::1:0:0:1]:1', '[1:0:0:1::1]:1', '[::]:1', '[1::]:1'] }],
    ['tool-targets', tools(mail({ targets: ['a', '*', 'a*', '*a', '\u{1d11e}'.repeat(255) + '*'] }))],
    ['tool-amounts', tools(mail({ amountMax: 0 }), mail({ amountMax: 2 ** 53 - 1 }))],
    ['tool-counts', tools(mail({ count: 1 }), mail({ count: 2 ** 32 - 1 }))],
    [
      'tool-asks',
      tools('mail/send', mail({ amountMax: 1, orAsk: true }), { tool: 'bank/pay', targets: ['a'], orAsk: true }),
    ],
    ['tool-order', tools({ orAsk: true, targets: ['a'], tool: 'mail/send' })],
    ['unassigned', { read: ['/\u0378'], tools: ['a/\u{2fffe}'] }],
    ['named', { tools: ['github/*', 'files/read/all'], models: ['openai/gpt-5', 'local/*'] }],
    ['dynamic', { exec: ['sh'], dynamic: true }],
  ] as [string, unknown][]
).map(([name, scope]): Row => [`scope-${name}`, null, 'every form', scoped(scope)]);

const within = (outer: Json, inner: Json): Step[] => [detail({ scope: outer }), child({ scope: inner })];

const CONTAINED: Row[] = (
  [
    ['path-below', { read: ['/work'] }, { read: ['/work/src', '/work'] }],
    ['path-root', { write: ['/'] }, { write: ['/work', '/'] }],
    ['program-in-directory', { exec: ['/usr/'] }, { exec: ['/usr/bin/git', '/usr/bin/', '/usr/'] }],
    ['program-anywhere', { exec: ['/'] }, { exec: ['/usr/bin/git', '/usr/bin/'] }],
    ['endpoint-any', { connect: ['*:443'] }, { connect: ['example.org:443', '10.0.0.0/8:443', '*.a:443', '*:443'] }],
    ['endpoint-below', { connect: ['*.example.org:*'] }, { connect: ['a.b.example.org:1', '*.b.example.org:2'] }],
    ['endpoint-block', { connect: ['10.0.0.0/8:*'] }, { connect: ['10.1.0.0/16:1', '10.0.0.1:2', '10.0.0.0/8:3'] }],
    ['endpoint-block-6', { connect: ['[2001:db8::/32]:*'] }, { connect: ['[2001:db8:1::/48]:1', '[2001:db8::1]:2'] }],
    ['ports-add-up', { connect: ['a.b:1-10', '*.b:11-20', '*:21'] }, { connect: ['a.b:1-21'] }],
    ['ports-overlap', { connect: ['a.b:1-10', 'a.b:5-20'] }, { connect: ['a.b:3-20'] }],
    ['names', { tools: ['github/*'], models: ['x/y'] }, { tools: ['github/issues', 'github/*'], models: ['x/y'] }],
    ['tool-limits-below-name', tools('mail/*'), tools(mail({ targets: ['a'], amountMax: 1 }))],
    [
      'tool-targets',
      tools(mail({ targets: ['a*', '*b', 'c'] })),
      tools(mail({ targets: ['a', 'ab*', '*cb', 'a*', 'c', 'xb'] })),
    ],
    ['tool-target-any', tools(mail({ targets: ['*'] })), tools(mail({ targets: ['a', 'a*', '*a', '*'] }))],
    [
      'tool-amount',
      tools(mail({ amountMax: 400 })),
      tools(mail({ amountMax: 400 }), mail({ targets: ['a'], amountMax: 0 })),
    ],
    ['tool-one-of-two', tools(mail({ targets: ['a'] }), mail({ amountMax: 4 })), tools(mail({ amountMax: 3 }))],
    ['tool-count-more', tools(mail({ count: 1 })), tools(mail({ count: 2 }))],
    ['tool-count-left-out', tools(mail({ count: 1 })), tools('mail/send')],
    [
      'tool-ask-by-itself',
      tools('mail/*', mail({ targets: ['a*'], orAsk: true })),
      tools('mail/*', mail({ targets: ['ab'], orAsk: true })),
    ],
    ['tool-ask-by-limits', tools(mail({ targets: ['a*'], orAsk: true })), tools(mail({ targets: ['ab', 'a*'] }))],
    ['tool-ask-not-granted', tools('mail/*', mail({ targets: ['a'], orAsk: true })), tools('mail/read')],
    ['tool-ask-below-name', tools('mail/send'), tools(mail({ amountMax: 1, orAsk: true }))],
    ['nothing', { read: ['/'] }, {}],
    ['dynamic', { dynamic: true }, { dynamic: true }],
    ['forbid-left-out', { read: ['/'], forbid: ['forbid (principal, action, resource);'] }, { read: ['/'] }],
  ] as [string, Json, Json][]
).map(([name, outer, inner]): Row => [`within-${name}`, null, 'no more than its parent', within(outer, inner)]);

const WIDENED: Row[] = (
  [
    ['path-above', { read: ['/work/src'] }, { read: ['/work'] }],
    ['path-sibling', { read: ['/work'] }, { read: ['/works'] }],
    ['list-other', { read: ['/work'] }, { write: ['/work'] }],
    ['program-beside', { exec: ['/usr/bin/'] }, { exec: ['/usr/sbin/x'] }],
    ['program-by-name', { exec: ['/'] }, { exec: ['git'] }],
    ['program-of-that-name', { exec: ['git'] }, { exec: ['/usr/bin/git'] }],
    ['program-file-for-directory', { exec: ['/usr/bin'] }, { exec: ['/usr/bin/git'] }],
    ['endpoint-itself', { connect: ['*.example.org:1'] }, { connect: ['example.org:1'] }],
    ['endpoint-suffix', { connect: ['*.example.org:1'] }, { connect: ['notexample.org:1'] }],
    ['endpoint-all-below', { connect: ['a.example.org:1'] }, { connect: ['*.example.org:1'] }],
    ['endpoint-any', { connect: ['*.org:*', '0.0.0.0/0:*', '[::/0]:*'] }, { connect: ['*:1'] }],
    ['endpoint-name-for-address', { connect: ['0.0.0.0/0:*'] }, { connect: ['localhost:1'] }],
    ['endpoint-block-above', { connect: ['10.0.0.0/16:1'] }, { connect: ['10.0.0.0/8:1'] }],
    ['endpoint-block-halves', { connect: ['10.0.0.0/9:1', '10.128.0.0/9:1'] }, { connect: ['10.0.0.0/8:1'] }],
    ['endpoint-family', { connect: ['[::/0]:1'] }, { connect: ['10.0.0.1:1'] }],
    ['ports', { connect: ['a.b:1-10'] }, { connect: ['a.b:1-11'] }],
    ['ports-gap', { connect: ['a.b:1-10', 'a.b:12-20'] }, { connect: ['a.b:1-20'] }],
    ['ports-of-another', { connect: ['a.b:1-10', 'a.c:11-20'] }, { connect: ['a.b:1-20'] }],
    ['listen', { connect: ['*:*'] }, { listen: ['*:1'] }],
    ['tool-all', { tools: ['github/issues'] }, { tools: ['github/*'] }],
    ['tool-owner', { tools: ['github/*'] }, { tools: ['gitlab/issues'] }],
    ['tool-name-below-limits', tools(mail({ targets: ['a'] })), tools('mail/send')],
    ['tool-all-below-limits', tools(mail({ count: 1 })), tools('mail/*')],
    ['tool-targets-other', tools(mail({ targets: ['a*'] })), tools(mail({ targets: ['ab', 'b'] }))],
    ['tool-targets-shorter', tools(mail({ targets: ['ab*'] })), tools(mail({ targets: ['a*'] }))],
    ['tool-targets-end', tools(mail({ targets: ['a*'] })), tools(mail({ targets: ['*a'] }))],
    ['tool-targets-all', tools(mail({ targets: ['a*', '*a'] })), tools(mail({ targets: ['*'] }))],
    ['tool-targets-of-one', tools(mail({ targets: ['a'] })), tools(mail({ targets: ['a*'] }))],
    ['tool-targets-none', tools(mail({ targets: ['*'] })), tools(mail({ amountMax: 1 }))],
    ['tool-amount', tools(mail({ amountMax: 400 })), tools(mail({ amountMax: 401 }))],
    ['tool-amount-none', tools(mail({ amountMax: 400 })), tools(mail({ targets: ['a'] }))],
    [
      'tool-limits-of-two',
      tools(mail({ targets: ['a'] }), mail({ amountMax: 4 })),
      tools(mail({ targets: ['b'], amountMax: 5 })),
    ],
    ['tool-ask-beside-limits', tools(mail({ targets: ['a'] })), tools(mail({ targets: ['a'], orAsk: true }))],
    ['tool-ask-left-out', tools(mail({ targets: ['a'], orAsk: true })), tools('mail/send')],
    ['tool-ask-left-out-of-all', tools('mail/*', mail({ targets: ['a'], orAsk: true })), tools('mail/*')],
    ['tool-ask-wider', tools(mail({ targets: ['a'], orAsk: true })), tools(mail({ targets: ['a', 'b'], orAsk: true }))],
    ['tool-ask-of-another', tools(mail({ amountMax: 1, orAsk: true })), tools(mail({ targets: ['a'], orAsk: true }))],
    ['tool-ask-beyond-limits', tools(mail({ amountMax: 1, orAsk: true })), tools(mail({ amountMax: 2 }))],
    ['tool-model', { tools: ['x/*'] }, { models: ['x/y'] }],
    ['dynamic', { read: ['/'] }, { read: ['/'], dynamic: true }],
  ] as [string, Json, Json][]
).map(([name, outer, inner]): Row => [name, 1, 'more than its parent', within(outer, inner)]);

const REFUSED: Record<string, Row[]> = {
  'grant-unknown-claim': [
    ['claim', 0, 'a claim that is not in the specification', [claims({ aud: 'all' })]],
    ['member', 0, 'a member of the detail', [detail({ locations: ['/'] })]],
    ['claim-proto', 0, '__proto__', [{ ...ROOT, wrong: { payload: (text) => text.replace('{', '{"__proto__":1,') } }]],
  ],
  'grant-truncated': [
    ['none', 0, 'no grant at all', []],
    ['root-cut-off', 0, 'the objective is missing', proper.slice(1)],
    ['middle-cut-out', 1, 'the intent is missing', [proper[0]!, proper[2]!]],
  ],
  'grant-untrusted': [
    ['self-issued', 0, 'a root by whom nobody trusts', [{ issuer: STRANGER, delegate: PLANNER }, CHILD]],
    ['trust-set-empty', 0, 'nobody is trusted', [ROOT], { trustSet: { keys: [] } }],
    ['root-by-the-mediator', 0, 'the mediator is no issuer of roots', [{ issuer: MEDIATOR }]],
  ],
  'grant-undelegated': [
    ['by-a-stranger', 1, 'not the key of cnf', [ROOT, { issuer: STRANGER }]],
    ['by-the-issuer-of-its-parent', 1, 'who delegated, and may no more', [ROOT, { issuer: OWNER }]],
    ['without-cnf', 1, 'its parent delegates to nobody', [{ issuer: OWNER }, CHILD]],
    [
      'plan-by-the-mediator',
      1,
      'the mediator signs actions only',
      [ROOT, { issuer: MEDIATOR, detail: { level: 'plan', session: SESSION } }],
    ],
    ['action-not-bound', 1, 'an action of any session', [ROOT, { issuer: MEDIATOR, detail: { level: 'action' } }]],
    [
      'action-of-another-session',
      1,
      'bound to another session',
      [ROOT, { issuer: MEDIATOR, detail: { level: 'action', session: 'plumbline/other' } }],
    ],
    ['action-by-a-stranger', 1, 'no key of the log', [ROOT, { ...ACTION, issuer: STRANGER }]],
  ],
  'grant-forged': [
    ['signature-short', 0, '63 bytes', [{ ...ROOT, wrong: { signature: (right) => right.subarray(1) } }]],
    ['base64-spare-bits', 0, 'another text of the same signature', [spare(proper[0]!)]],
    ['base64-padded', 0, 'a = at the end', [`${proper[0]}=`]],
    ['signature', 1, 'one bit of the signature', proper.with(1, altered(proper[1]!, 2))],
    ['signed-by-another', 0, 'names the owner, signed by another', [{ ...ROOT, wrong: { signer: STRANGER } }]],
    [
      'claims-altered',
      0,
      'another statement under the signature',
      [proper[0]!.replace(/\.[^.]*\./, `.${restated(proper[0]!)}.`)],
    ],
  ],
  'grant-reparented': [
    ['other-parent', 1, 'made below another objective', [chainOf([detail({ statement: 'else' })])[0]!, proper[1]!]],
    [
      'root-in-place-1',
      1,
      'a root below a root',
      [ROOT, { issuer: PLANNER, claims: { del_depth: 0, par_hash: undefined } }],
    ],
  ],
  'grant-expired': [
    ['expired', 0, 'at this second', [ROOT], { nowMs: EXPIRES_S * 1000 }],
    ['child-expired', 1, 'before its parent', [ROOT, { ...CHILD, claims: { exp: EXPIRES_S - 3_600 } }]],
  ],
  'grant-depth': [
    [
      'nine-grants',
      8,
      'one too many',
      [ROOT, ...Array.from({ length: 8 }, () => child({ level: 'plan' }))].map((step, place) => ({
        ...step,
        claims: { del_depth: Math.min(place, 7) },
      })),
    ],
    ['depth-repeated', 2, 'the depth of its parent', [ROOT, CHILD, { ...CHILD, claims: { del_depth: 1 } }]],
  ],
  'grant-level': [
    ['root-a-plan', 0, 'a root is an objective', [detail({ level: 'plan' })]],
    ['objective-below-objective', 1, 'an objective is a root', [ROOT, child({ level: 'objective' })]],
    ['intent-below-intent', 2, 'only a plan may stand below its like', [ROOT, CHILD, child({ level: 'intent' })]],
    ['intent-below-plan', 2, 'upwards', [ROOT, child({ level: 'plan' }), child({ level: 'intent' })]],
    ['action-below-action', 2, 'an action is the last', [ROOT, child({ level: 'action' }), child({ level: 'action' })]],
  ],
  'grant-outlives': [
    ['outlives', 1, 'a second longer than its parent', [ROOT, { ...CHILD, claims: { exp: EXPIRES_S + 1 } }]],
  ],
  'grant-widened': WIDENED,
  'grant-other-session': [
    ['root', 0, 'bound to another session', [detail({ session: 'plumbline/other' })]],
    ['child', 1, 'likewise', [ROOT, child({ session: 'plumbline/other' })]],
  ],
};

const ORDER: [expect: string, row: Row][] = [
  [
    'grant-malformed',
    ['malformed-before-unknown', 0, 'a claim unknown, another malformed', [claims({ aud: 'all', iat: '0' })]],
  ],
  [
    'grant-forged',
    [
      'forged-before-expired',
      0,
      'forged and expired',
      [{ ...ROOT, wrong: { signer: STRANGER } }],
      { nowMs: EXPIRES_S * 1000 },
    ],
  ],
  [
    'grant-expired',
    ['parent-before-child', 0, 'expired above what is malformed', [proper[0]!, ''], { nowMs: EXPIRES_S * 1000 }],
  ],
  [
    'grant-outlives',
    [
      'outlives-before-widened',
      1,
      'both',
      [ROOT, { ...CHILD, claims: { exp: EXPIRES_S + 1 }, detail: { scope: { read: ['/'] } } }],
    ],
  ],
  [
    'grant-widened',
    ['widened-before-session', 1, 'both', [ROOT, child({ scope: { read: ['/'] }, session: 'plumbline/other' })]],
  ],
];

/** File name → its vectors. */
export const GRANT_VECTORS: Record<string, GrantVector[]> = {
  'passing.json': [...PASSING, ...WELL_FORMED, ...CONTAINED].map((row) => vector('ok', row)),
  'malformed.json': MALFORMED.map((row) => vector('grant-malformed', row)),
  'refused.json': [
    ...Object.entries(REFUSED).flatMap(([code, rows]) => rows.map((row) => vector(code, row))),
    ...ORDER.map(([code, row]) => vector(code, row)),
  ],
};

export const text = (vectors: unknown[]) => `${JSON.stringify(vectors, null, 1)}\n`;

function detailText(changes: Json, from: string, to: string): Step {
  return { ...ROOT, detail: changes, wrong: { payload: (all) => all.replace(from, to) } };
}

// The last digit of 64 bytes has four bits that mean nothing.
function spare(token: string): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return `${token.slice(0, -1)}${digits[digits.indexOf(token.at(-1)!) + 1]}`;
}

function restated(token: string): string {
  const payload = Buffer.from(token.split('.')[1]!, 'base64url').toString();
  return Buffer.from(payload.replace('step 0', 'step 1')).toString('base64url');
}

if (import.meta.main) {
  for (const [name, vectors] of Object.entries(GRANT_VECTORS)) {
    writeFileSync(new URL(name, import.meta.url), text(vectors));
  }
  writeFileSync(new URL('layers.json', import.meta.url), text(LAYER_VECTORS));
}
