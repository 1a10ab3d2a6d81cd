import { describe, expect, test } from 'vitest';
import type { ScopeJson } from '../../bindings/authority/scope.ts';
import type { Family } from '../../bindings/lowering/family.ts';
import { lower, LOWERING_TARGETS, type LoweringTarget } from '../../bindings/lowering/index.ts';
import { EXPIRES_MS, scopeOf } from '../authority/judge.ts';
import { grantOf } from './never-widens.ts';

const READ = ['read-file', 'read-dir'];
const WRITE = 'write-file truncate make-reg make-dir make-sym make-fifo remove-file remove-dir refer'.split(' ');
const exact = { binding: 'exact', mediated: [] };
const floor = (...mediated: Family[]) => ({ binding: 'floor', mediated });

const chainOf = (...scopes: ScopeJson[]) => scopes.map((scope) => grantOf(scope));
const landlock = (...scopes: ScopeJson[]) => lower(chainOf(...scopes), 'landlock');
const bpf = (...scopes: ScopeJson[]) => lower(chainOf(...scopes), 'bpf');
const dynamic = true as const;

const portsIn = (...list: [first: number, last: number][]) => list.map(([first, last]) => ({ first, last }));

const handlings = (...scopes: ScopeJson[]) =>
  Object.fromEntries(
    lower(chainOf(...scopes), 'seccomp').families.map(({ family, handling, by }) => [
      family,
      [handling, ...by].join(' '),
    ]),
  );

/** Losses by what can be moved. */
const movedIn = ({ losses }: { losses: readonly { what: string; why: string }[] }) =>
  losses.filter(({ why }) => why.startsWith('it can be moved')).map(({ what }) => what);

describe('the paths of Landlock', () => {
  test.each<[why: string, scopes: ScopeJson[], paths: object[]]>([
    ['nothing granted', [{}], []],
    [
      'read and write of one place are one rule',
      [{ read: ['/w'], write: ['/w'] }],
      [{ path: '/w', is: 'any', rights: [...READ, ...WRITE], ...exact }],
    ],
    [
      'what all levels list',
      [{ read: ['/a', '/b/c'] }, { read: ['/'] }, { read: ['/a/x', '/b'] }],
      [
        { path: '/a/x', is: 'any', rights: READ, ...exact },
        { path: '/b/c', is: 'any', rights: READ, ...exact },
      ],
    ],
    [
      'what one holds is not said twice',
      [{ read: ['/a/b', '/a', '/a/c'] }],
      [{ path: '/a', is: 'any', rights: READ, ...exact }],
    ],
    [
      'programs, where nothing has to be told from its text',
      [{ exec: ['/bin/', '/opt/x'], dynamic }],
      [
        { path: '/bin', is: 'directory', rights: ['execute'], ...exact },
        { path: '/opt/x', is: 'file', rights: ['execute'], ...exact },
      ],
    ],
    [
      'programs, where it has',
      [{ exec: ['/bin/'], dynamic }, { exec: ['/bin/sh'] }],
      [{ path: '/bin/sh', is: 'file', rights: ['execute'], ...floor('exec') }],
    ],
    [
      'a program by name may lie anywhere',
      [{ exec: ['git'], dynamic }],
      [{ path: '/', is: 'directory', rights: ['execute'], ...floor('exec') }],
    ],
    [
      'a program by name, and all others, are one floor',
      [{ exec: ['git', '/'] }],
      [{ path: '/', is: 'directory', rights: ['execute'], ...floor('exec') }],
    ],
    [
      'what can be moved',
      [
        { read: ['/w/in', '/w'], write: ['/w'] },
        { read: ['/w/in', '/v'], write: ['/'] },
      ],
      [
        { path: '/w', is: 'any', rights: WRITE, ...exact },
        { path: '/w/in', is: 'any', rights: READ, ...floor('open') },
      ],
    ],
    [
      'a program that can be moved',
      [{ exec: ['/w/bin/'], write: ['/w'], dynamic }],
      [
        { path: '/w', is: 'any', rights: WRITE, ...exact },
        { path: '/w/bin', is: 'directory', rights: ['execute'], ...floor('exec') },
      ],
    ],
    [
      'a forbid about reading leaves writing exact',
      [{ read: ['/w'], write: ['/w'], forbid: ['forbid (principal, action == Action::"file.read", resource);'] }],
      [
        { path: '/w', is: 'any', rights: READ, ...floor('open') },
        { path: '/w', is: 'any', rights: WRITE, ...exact },
      ],
    ],
    [
      'a forbid about a group of actions leaves nothing exact',
      [{ read: ['/r'] }, { read: ['/r'], forbid: ['forbid (principal, action in Action::"communicate", resource);'] }],
      [{ path: '/r', is: 'any', rights: READ, ...floor('open') }],
    ],
  ])('%s', (_why, scopes, paths) => expect(landlock(...scopes).paths).toEqual(paths));

  test('handle every right and every scope there is, so that nothing goes by unnamed', () => {
    const { handledFs, handledNet, scoped } = landlock({});
    expect([handledFs.length, new Set(handledFs).size, handledNet, scoped]).toEqual([
      16,
      16,
      ['connect-tcp', 'bind-tcp'],
      ['abstract-unix-socket', 'signal'],
    ]);
  });

  test('never let devices and sockets be made', () => {
    const rights = landlock({ read: ['/'], write: ['/'], exec: ['/'], dynamic }).paths.flatMap((rule) => rule.rights);
    expect(rights.filter((right) => ['make-char', 'make-block', 'make-sock', 'ioctl-dev'].includes(right))).toEqual([]);
  });
});

describe('the ports of Landlock', () => {
  test.each<[why: string, scopes: ScopeJson[], ports: object[]]>([
    [
      'of every address are exact',
      [{ listen: ['*:80-81'] }],
      [{ first: 80, last: 81, rights: ['bind-tcp'], ...exact }],
    ],
    [
      'of an address or a name are a floor',
      [{ connect: ['10.0.0.1:1', 'a.org:2', '*.a.org:4'] }],
      [
        { first: 1, last: 2, rights: ['connect-tcp'], ...floor('connect', 'udp') },
        { first: 4, last: 4, rights: ['connect-tcp'], ...floor('connect', 'udp') },
      ],
    ],
    [
      'are a floor only where they are not exact',
      [{ connect: ['*:5', 'a.org:1-9'] }],
      [
        { first: 5, last: 5, rights: ['connect-tcp'], ...exact },
        { first: 1, last: 4, rights: ['connect-tcp'], ...floor('connect', 'udp') },
        { first: 6, last: 9, rights: ['connect-tcp'], ...floor('connect', 'udp') },
      ],
    ],
    [
      'are those of all levels',
      [{ listen: ['*:1-10'] }, { listen: ['[::1]:5-20', '*:9'] }],
      [
        { first: 9, last: 9, rights: ['bind-tcp'], ...exact },
        { first: 5, last: 8, rights: ['bind-tcp'], ...floor('bind-listen') },
        { first: 10, last: 10, rights: ['bind-tcp'], ...floor('bind-listen') },
      ],
    ],
  ])('%s', (_why, scopes, ports) => expect(landlock(...scopes).ports).toEqual(ports));
});

describe('the addresses of BPF', () => {
  test.each<[why: string, connect: string[], rules: object[]]>([
    ['one address', ['10.0.0.1:443'], [{ block: '10.0.0.1/32', ports: portsIn([443, 443]), ...exact }]],
    [
      'a longer prefix says what the shorter ones allow, too',
      ['10.0.0.0/8:80', '10.1.0.0/16:81', '10.1.0.0/16:443'],
      [
        { block: '10.0.0.0/8', ports: portsIn([80, 80]), ...exact },
        { block: '10.1.0.0/16', ports: portsIn([80, 81], [443, 443]), ...exact },
      ],
    ],
    [
      'all addresses, but no IPv4 address written as IPv6',
      ['*:53'],
      [
        { block: '0.0.0.0/0', ports: portsIn([53, 53]), ...exact },
        { block: '::/0', ports: portsIn([53, 53]), ...exact },
        { block: '::ffff:0:0/96', ports: [], ...exact },
      ],
    ],
    [
      'a block of IPv6 beside those',
      ['[2001:db8::/32]:1'],
      [{ block: '2001:db8::/32', ports: portsIn([1, 1]), ...exact }],
    ],
    ['names have none', ['a.org:1', '*.a.org:2'], []],
  ])('%s', (_why, connect, rules) => {
    expect(bpf({ connect }).connect).toEqual(rules);
    expect(bpf({ listen: connect }).bind).toEqual(rules);
  });

  test('have none where one level knows the name and another the address', () => {
    const { connect, losses } = bpf({ connect: ['10.0.0.0/8:1'] }, { connect: ['a.org:1'] });
    expect([connect, losses.filter(({ what }) => what.startsWith('connect'))]).toEqual([[], []]);
  });

  test('are a floor below a forbid', () => {
    const forbid = ['forbid (principal, action == Action::"http.request", resource);'];
    expect(bpf({ connect: ['10.0.0.1:1'], forbid }).connect).toMatchObject([floor('connect', 'udp')]);
  });
});

describe('the families of seccomp', () => {
  test('that no list stands for are denied, whatever is granted', () => {
    const all = handlings({ read: ['/'], write: ['/'], exec: ['/'], connect: ['*:*'], listen: ['*:*'], dynamic });
    const denied = Object.keys(all).filter((family) => all[family] === 'deny');
    expect(denied.join(' ')).toBe(
      'memfd fast-open unix-socket raw-socket other-socket io-uring ptrace namespaces mount ' +
        'bpf keyring file-handles terminal-input kernel-control foreign-abi',
    );
  });

  test.each<[why: string, scope: ScopeJson, expected: Record<string, string>]>([
    [
      'nothing',
      {},
      {
        open: 'kernel landlock',
        'path-modify': 'deny',
        attributes: 'deny',
        exec: 'deny',
        connect: 'deny',
        udp: 'deny',
        'bind-listen': 'deny',
      },
    ],
    [
      'exact paths',
      { read: ['/'], write: ['/w'] },
      { open: 'kernel landlock', 'path-modify': 'kernel landlock', attributes: 'notify' },
    ],
    ['what can be moved', { read: ['/w/x'], write: ['/w'] }, { open: 'notify', 'path-modify': 'kernel landlock' }],
    [
      'a forbid',
      { write: ['/w'], forbid: ['forbid (principal, action, resource);'] },
      { open: 'notify', 'path-modify': 'notify' },
    ],
    ['programs', { exec: ['/bin/'], dynamic }, { exec: 'kernel landlock bpf' }],
    ['programs to be told from their text', { exec: ['/bin/'] }, { exec: 'notify' }],
    ['programs by name', { exec: ['git', '/bin/'], dynamic }, { exec: 'notify' }],
    ['addresses', { connect: ['10.0.0.1:1', '*:2'] }, { connect: 'kernel bpf', udp: 'kernel bpf' }],
    ['names', { connect: ['10.0.0.1:1', 'a.org:1'] }, { connect: 'notify', udp: 'notify' }],
    ['every endpoint', { connect: ['*:*'] }, { connect: 'kernel landlock bpf', udp: 'kernel landlock bpf' }],
    ['listening anywhere', { listen: ['*:*'] }, { 'bind-listen': 'kernel landlock bpf' }],
    ['listening on ports', { listen: ['*:1-65535'] }, { 'bind-listen': 'notify' }],
  ])('%s', (_why, scope, expected) => expect(handlings(scope)).toMatchObject(expected));
});

describe('the losses', () => {
  const WIDE: ScopeJson = {
    read: ['/'],
    write: ['/w'],
    exec: ['git', '/bin/sh'],
    connect: ['a.org:443', '10.0.0.0/8:1-2'],
    listen: ['*.local:80'],
    tools: ['fs/*', 'fs/read'],
    models: ['p/m'],
    forbid: ['forbid (principal, action == Action::"net.listen", resource);'],
  };
  const COMMON = [
    ['exec "git"', 'mediated', 'exec'],
    ['connect "a.org:443"', 'mediated', 'connect udp'],
    ['listen "*.local:80"', 'mediated', 'bind-listen'],
    ['tools "fs/*"', 'mediated', ''],
    ['models "p/m"', 'mediated', ''],
    ['dynamic', 'mediated', 'exec'],
    [`plan.forbid.0 ${JSON.stringify(WIDE.forbid![0])}`, 'mediated', 'bind-listen'],
    [`expiry ${new Date(EXPIRES_MS).toISOString()}`, 'ended', ''],
    ["the organisation's policy", 'mediated', 'open path-modify attributes exec connect udp bind-listen'],
  ];
  const OWN: Record<Exclude<LoweringTarget, 'json'>, string[][]> = {
    landlock: [
      ['write "/w", itself', 'refused', 'path-modify'],
      ['devices and sockets, made by path', 'refused', 'path-modify'],
      ['modes, owners, times and extended attributes', 'mediated', 'attributes'],
      ['loaders and interpreters', 'refused', 'exec'],
      ['programs without a path', 'refused', 'memfd'],
      ['connect "10.0.0.0/8:1-2"', 'mediated', 'connect udp'],
      ['UDP', 'mediated', 'udp'],
      ['TCP fast open, MPTCP and SCTP', 'refused', 'fast-open other-socket'],
      ['sockets of other kinds', 'refused', 'unix-socket raw-socket other-socket'],
      ['listening unbound', 'mediated', 'bind-listen'],
    ],
    seccomp: [
      ['paths', 'mediated', 'open path-modify attributes exec'],
      ['addresses', 'mediated', 'connect udp bind-listen'],
    ],
    bpf: [
      ['read, write', 'mediated', 'open path-modify attributes'],
      ['listening unbound', 'mediated', 'bind-listen'],
    ],
  };

  test.each(Object.entries(OWN))('of %s are all told', (target, own) => {
    const { losses } = lower(chainOf(WIDE), target as keyof typeof OWN);
    expect(losses.map(({ what, instead, families }) => [what, instead, families.join(' ')])).toEqual([
      ...COMMON,
      ...own,
    ]);
    expect(losses.filter(({ why }) => why === '')).toEqual([]);
  });

  test('are told of what is expected, and of objects of tools; nothing is exact then', () => {
    const tool = { tool: 'fs/read', targets: ['/w/*'] };
    const grant = grantOf({ read: ['/'], connect: ['*:*'], tools: [tool] });
    const lowered = lower([{ ...grant, expect: scopeOf({ read: ['/w'] }) }], 'json');
    const what = lowered.landlock.losses.map((loss) => loss.what);
    expect(what).toEqual(expect.arrayContaining(['expect', `tools ${JSON.stringify(tool)}`]));
    expect(lowered.landlock.paths).toMatchObject([{ path: '/', ...floor('open') }]);
    const left = lowered.seccomp.families.filter(({ handling }) => handling === 'kernel');
    expect(left).toEqual([]);
  });

  test('are refused, and their families denied, where nothing of their kind is granted', () => {
    const { landlock: rules, seccomp } = lower(chainOf({ read: ['/'] }), 'json');
    const refused = rules.losses.filter(({ instead }) => instead === 'refused').flatMap((loss) => loss.families);
    expect(refused).toEqual(expect.arrayContaining(['attributes', 'udp', 'bind-listen']));
    const denied = seccomp.families.filter(({ handling }) => handling === 'deny').map(({ family }) => family);
    expect(denied).toEqual(expect.arrayContaining(refused));
  });

  test('are not those of a level that another has dropped', () => {
    const { losses } = landlock({ connect: ['a.org:443'], tools: ['fs/*'] }, { read: ['/'] });
    expect(losses.map(({ what }) => what).filter((what) => /^(connect|tools)/.test(what))).toEqual([]);
  });

  test('tell of what can be moved, to Landlock and to BPF', () => {
    const scope: ScopeJson = { read: ['/w/r'], exec: ['/w/x'], write: ['/w'], dynamic };
    expect([movedIn(landlock(scope)), movedIn(bpf(scope))]).toEqual([['read "/w/r"', 'exec "/w/x"'], ['exec "/w/x"']]);
  });
});

describe('lower()', () => {
  test.each(LOWERING_TARGETS)('gives plain data that ends with the first grant: %s', (target) => {
    const lowered = lower([grantOf({ read: ['/'] }, 5000), grantOf({ read: ['/a'] }, 4000)], target);
    expect(JSON.parse(JSON.stringify(lowered))).toEqual(lowered);
    const parts = lowered.target === 'json' ? [lowered.landlock, lowered.seccomp, lowered.bpf] : [lowered];
    expect(parts.map(({ untilMs }) => untilMs)).toEqual(parts.map(() => 4000));
  });

  test('is misused without a grant, or with another target', () => {
    expect(() => lower([], 'landlock')).toThrow(new RangeError('there is no grant to lower'));
    expect(() => lower(chainOf({}), 'toString' as LoweringTarget)).toThrow(RangeError);
  });
});
