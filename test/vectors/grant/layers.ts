// Vectors of layers: what a grant makes, by SPEC §11.4. A vector: {name, why, token, schema: the program's schema
// section in hex, layer: its bytes in hex}. The section is of no schema: it is taken over as it is.
import { SECTION, constant, entity, layerOf } from './layer.ts';
import type { Policy } from './layer.ts';
import { Person, chainOf } from './write.ts';
import type { Json } from './write.ts';

export interface LayerVector {
  name: string;
  why: string;
  token: string;
  schema: string;
  layer: string;
}

const OWNER = new Person(0x61);
const PATH = 'forbid (principal, action, resource in Dir::"/work/.git");';
const PORT =
  '@verdict("approve")\nforbid (principal, action == Action::"net.connect", resource)\nwhen { context.port < 1024 };';
const pathForbidden = (id: string): Policy => {
  return { id, effect: 1, verdict: 6, resource: [2, null, entity('Dir', '/work/.git')] };
};
const portForbidden = (id: string): Policy => {
  const code: Policy['code'] = [
    [6, constant('port')],
    [1, constant(1024)],
    [19, 0],
  ];
  return { id, effect: 1, verdict: 4, actions: ['net.connect'], code };
};

type Row = [name: string, why: string, detail: Json, claims?: Json, forbids?: Policy[]];

const scoped = (name: string, why: string, scope: Json): Row => [name, why, { scope }];

const ROWS: Row[] = [
  scoped('empty', 'no entry: what is not told waits, and all of it ends', {}),
  scoped('dynamic', 'without the policy of that name', { dynamic: true }),
  scoped('read', 'a path and all below it: two permits', { read: ['/work'] }),
  scoped('read-root', 'all paths', { read: ['/'] }),
  scoped('read-quoted', 'a quotation mark and a backslash are themselves', { read: ['/a"b\\c d'] }),
  scoped('read-beyond-ascii', 'UTF-8, and ordered by its bytes', { read: ['/é', '/ß', '/\u{20000}', '/\u{fa0e}'] }),
  scoped('write', 'four actions in one list', { write: ['/work'] }),
  scoped('exec-file', 'one file', { exec: ['/bin/sh'] }),
  scoped('exec-directory', 'all files below', { exec: ['/usr/bin/'] }),
  scoped('exec-root', 'all files', { exec: ['/'] }),
  scoped('exec-program', 'by name', { exec: ['git'] }),
  scoped('connect-any', 'no condition', { connect: ['*:*'] }),
  scoped('connect-any-port', 'one port', { connect: ['*:443'] }),
  scoped('connect-any-ports', 'a range', { connect: ['*:1-65535'] }),
  scoped('connect-host', 'by name', { connect: ['a.org:*'] }),
  scoped('connect-host-port', 'port 0', { connect: ['a.org:0'] }),
  scoped('connect-host-ports', 'a range', { connect: ['a.org:80-90'] }),
  scoped('connect-domain', 'below the name, and not the name', { connect: ['*.a.org:*'] }),
  scoped('connect-domain-port', 'and one port', { connect: ['*.a.org:443'] }),
  scoped('connect-domain-ports', 'and a range', { connect: ['*.a.org:80-90'] }),
  scoped('connect-address', 'of IPv4', { connect: ['10.0.0.1:*'] }),
  scoped('connect-address-port', 'and one port', { connect: ['10.0.0.1:443'] }),
  scoped('connect-address-ports', 'and a range', { connect: ['10.0.0.1:80-90'] }),
  scoped('connect-block', 'of IPv4', { connect: ['10.0.0.0/8:443'] }),
  scoped('connect-address-ipv6', 'of IPv6', { connect: ['[::1]:443'] }),
  scoped('connect-block-ipv6', 'of IPv6', { connect: ['[2001:db8::/32]:*'] }),
  scoped('listen', 'another action', { listen: ['127.0.0.1:8080'] }),
  scoped('tools', 'one, and all of an owner', { tools: ['files/read', 'mail/*'] }),
  scoped('tool-target', 'one text', { tools: [{ tool: 'mail/send', targets: ['a@b.org'] }] }),
  scoped('tool-targets', 'what begins and what ends so', {
    tools: [{ tool: 'mail/send', targets: ['a@*', '*@b.org', 'c'] }],
  }),
  scoped('tool-target-any', 'there has to be one', { tools: [{ tool: 'mail/send', targets: ['*'] }] }),
  scoped('tool-targets-shared', 'one list for the same pattern', {
    tools: [
      { tool: 'mail/send', targets: ['a@*'] },
      { tool: 'mail/read', targets: ['b@*', 'a@*'] },
    ],
  }),
  scoped('tool-amount', 'up to it, and not below 0', { tools: [{ tool: 'bank/pay', amountMax: 400 }] }),
  scoped('tool-amount-0', 'one constant twice', { tools: [{ tool: 'bank/pay', amountMax: 0 }] }),
  scoped('tool-amount-most', '2^53 − 1', { tools: [{ tool: 'bank/pay', amountMax: 2 ** 53 - 1 }] }),
  scoped('tool-count', 'a counted permit', { tools: [{ tool: 'bank/pay', count: 3 }] }),
  scoped('tool-all-limits', 'target, amount and count', {
    tools: [{ tool: 'bank/pay', targets: ['shop'], amountMax: 400, count: 2 ** 32 - 1 }],
  }),
  scoped('tool-or-ask', 'a permit without a condition, and a forbid that asks', {
    tools: ['files/*', { tool: 'mail/send', targets: ['*@b.org', 'a'], orAsk: true }],
  }),
  scoped('tool-or-ask-amount', 'likewise', { tools: [{ tool: 'bank/pay', amountMax: 400, orAsk: true }] }),
  scoped('tool-or-asks', 'behind all permits, in their order', {
    tools: [
      { tool: 'bank/pay', targets: ['shop'], amountMax: 400, orAsk: true },
      { tool: 'mail/send', targets: ['shop'], orAsk: true },
    ],
    models: ['a/b'],
  }),
  scoped('models', 'one, and all of an owner', { models: ['a/b', 'c/*'] }),
  scoped('every-list', 'in the order of the table, whatever that of the scope', {
    models: ['m/*'],
    tools: ['t/u', 't/*'],
    listen: ['*:1-2'],
    connect: ['a.org:443', '*.a.org:443', '10.0.0.0/8:1-2'],
    exec: ['git', '/bin/', '/bin/sh'],
    write: ['/work/out'],
    read: ['/work', '/etc/hosts'],
  }),
  ['level-intent', 'the level is in the names', { level: 'intent', scope: { read: ['/work'] } }],
  ['level-plan', 'likewise', { level: 'plan', scope: { read: ['/work'] } }],
  ['level-action', 'likewise', { level: 'action', scope: { read: ['/work'] } }],
  ['uses', 'in the header', { scope: { read: ['/work'] }, uses: 2 ** 32 - 1 }],
  ['expiry-first', 'at the start of 1970', {}, { iat: 0, exp: 0 }],
  ['expiry-last', 'the last second that may be', {}, { exp: 253_402_300_799 }],
  [
    'forbid',
    'behind the expiry; its bytes are what Cedar reads',
    { scope: { read: ['/work'], forbid: [PATH] } },
    {},
    [pathForbidden('objective.forbid.0')],
  ],
  [
    'forbids',
    'one with constants that others have, too',
    { scope: { connect: ['*:443'], forbid: [PATH, PORT] } },
    {},
    [pathForbidden('objective.forbid.0'), portForbidden('objective.forbid.1')],
  ],
];

const EXPECTED: Row[] = [
  ['expect', 'behind all else, of the set of that name', { scope: { read: ['/'] }, expect: { read: ['/work'] } }],
  [
    'expect-every-list',
    'in the order of the table',
    {
      scope: { read: ['/'], exec: ['git'], connect: ['*:*'], tools: ['bank/*'], dynamic: true },
      expect: {
        tools: [{ tool: 'bank/pay', targets: ['shop', 'a*'], amountMax: 400 }, 'bank/list'],
        connect: ['a.org:443'],
        exec: ['git'],
        read: ['/work', '/etc/hosts'],
      },
    },
  ],
  [
    'expect-shared',
    'its lists are those of the scope',
    {
      level: 'plan',
      scope: { tools: [{ tool: 'bank/pay', targets: ['shop'], count: 1 }] },
      expect: { tools: [{ tool: 'bank/pay', targets: ['shop'] }] },
    },
  ],
  [
    'forbid-and-expect-list',
    'a list that only the expectation names',
    {
      scope: { tools: ['mail/*'], forbid: [PATH] },
      expect: { tools: [{ tool: 'mail/send', targets: ['a*'] }] },
    },
    {},
    [pathForbidden('objective.forbid.0')],
  ],
  [
    'forbid-and-expect',
    'behind the forbids',
    {
      scope: { read: ['/'], connect: ['*:443'], forbid: [PATH, PORT] },
      expect: { read: ['/work'], connect: ['a.org:443'] },
    },
    {},
    [pathForbidden('objective.forbid.0'), portForbidden('objective.forbid.1')],
  ],
];

export const LAYER_VECTORS: LayerVector[] = [...ROWS, ...EXPECTED].map(([name, why, detail, claims = {}, forbids]) => {
  const [token] = chainOf([{ issuer: OWNER, detail, claims }]);
  return { name, why, token: token!, schema: SECTION.toString('hex'), layer: layerOf(token!, forbids).toString('hex') };
});
