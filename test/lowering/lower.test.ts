import { describe, expect, test } from 'vitest';
import { lower, type Grant, type Lowered, type ScopeJson } from '../../bindings/index.ts';
import { exec, EXPIRES_MS, file, judge, net, NOW_MS, scopeOf } from '../authority/judge.ts';
import { DRAFTS, key, minted } from '../authority/grants.ts';
import { Random } from '../differential/generate/random.ts';
import { bpfAllows, holds, landlockAllows, landlockPort } from './model.ts';

const SEED = Number(process.env['TEST_SEED'] ?? 20_261_127);
const SCOPES = 150;

const operator = key(1);
const grantOf = (scope: ScopeJson, more: object = {}): Grant =>
  minted({ ...DRAFTS.objective, scope, ...more }, operator);

const PATHS = ['/', '/a', '/a/b', '/a/b/c', '/ab', '/b'];
const ADDRESSES = ['10.0.0.0', '10.0.0.3', '10.0.0.4', '10.0.0.7', '10.0.0.8', '::8', '::b', '::c', '192.0.2.1'];
const PORTS = [0, 1, 2, 3, 70, 65_535];

function drawScope(random: Random): ScopeJson {
  const list = (max: number, draw: () => string): string[] => [...new Set(random.times(0, max, draw))];
  const path = (): string => random.pick(PATHS);
  const endpoint = (): string => {
    const host = random.pick(['*', '10.0.0.0/29', '10.0.0.4/30', '10.0.0.4', '[::8/125]', '[::b]', 'a.org', '*.org']);
    return `${host}:${random.pick(['1', '2', '1-2', '2-70', '*'])}`;
  };
  const program = (): string => random.pick([...PATHS.slice(1), '/', '/a/', '/a/b/', 'git']);
  const lists: [string, string[]][] = [
    ['read', list(2, path)],
    ['write', list(2, path)],
    ['exec', list(3, program)],
    ['connect', list(3, endpoint)],
    ['listen', list(2, endpoint)],
  ];
  return Object.fromEntries(lists.filter(([, entries]) => entries.length > 0));
}

const FILES = [...PATHS.slice(1), ...PATHS.map((path) => `${path === '/' ? '' : path}/zz`)];
const FILE_RIGHTS = [
  ['read-file', 'file.read'],
  ['write-file', 'file.write'],
  ['truncate', 'file.write'],
  ['make-reg', 'file.create'],
  ['remove-file', 'file.delete'],
  ['refer', 'file.rename'],
] as const;

const endpoint = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** Every effect that the lowered rules allow, as the request it would be. */
function allowedBy({ landlock, bpf, seccomp }: Lowered): { what: string; request: ReturnType<typeof file> }[] {
  const files = FILES.flatMap((path) =>
    FILE_RIGHTS.filter(([right]) => landlockAllows(landlock, right, path)).map(([right, action]) => ({
      what: `landlock ${right} ${path}`,
      request: file(action, path),
    })),
  );
  const programs = FILES.flatMap((path) => [
    ...(landlockAllows(landlock, 'execute', path) ? [{ what: `landlock execute ${path}`, request: exec(path) }] : []),
    ...(bpf.exec.some((rule) => holds(rule, path)) ? [{ what: `bpf exec ${path}`, request: exec(path) }] : []),
  ]);
  const connections = (['connect', 'listen'] as const).flatMap((way) =>
    ADDRESSES.flatMap((address) =>
      PORTS.flatMap((port) => {
        const right = way === 'connect' ? 'connect-tcp' : 'bind-tcp';
        const request = net(`net.${way}`, endpoint(address, port), address);
        return [
          ...(landlockPort(landlock, right, port) ? [{ what: `landlock ${right} ${port}`, request }] : []),
          ...(bpfAllows(way === 'connect' ? bpf.connect : bpf.bind, address, port)
            ? [{ what: `bpf ${way}`, request }]
            : []),
        ];
      }),
    ),
  );
  // What the filter leaves to the kernel is held by Landlock alone.
  expect(seccomp.udp).toBe('deny');
  return [...files, ...programs, ...connections];
}

test(`lowered rules allow nothing that the grant's layer alone refuses: ${SCOPES} scopes, seed ${SEED}`, () => {
  const random = new Random(SEED);
  let allowed = 0;
  for (let index = 0; index < SCOPES; index++) {
    const scope = drawScope(random);
    const lowered = lower([grantOf(scope)]);
    expect(lowered.binding).toBe('exact');
    const layer = judge(scopeOf(scope));
    for (const { what, request } of allowedBy(lowered)) {
      allowed++;
      if (!layer(request)) throw new Error(`${what}: ${JSON.stringify({ scope, request })}`);
    }
  }
  // Rules that allow nothing would pass as well.
  expect(allowed).toBeGreaterThan(SCOPES * 5);
});

test('what the last grant of a chain has is what all of them have', () => {
  const objective = grantOf({ read: ['/a'], write: ['/a'], exec: ['/a/', 'git'] }, { delegate: operator.publicJwk });
  const plan = minted({ ...DRAFTS.plan, scope: { read: ['/a/b'], exec: ['/a/b'] } }, operator, objective);
  const { landlock, binding, expiresMs } = lower([objective, plan]);
  expect(landlock.paths).toEqual([
    { path: '/a/b', of: 'path', rights: ['read-file', 'read-dir'] },
    { path: '/a/b', of: 'file', rights: ['execute'] },
  ]);
  expect([binding, expiresMs]).toEqual(['exact', EXPIRES_MS]);
  expect(NOW_MS).toBeLessThan(expiresMs);
});

const lost = (scope: ScopeJson, more: object = {}): string[] =>
  lower([grantOf(scope, more)]).losses.map(({ part, instead }) => `${part} ${instead}`);

describe('what is lost is told', () => {
  test.each<[ScopeJson, string]>([
    [{ exec: ['git'] }, 'exec "git" mediated'],
    [{ connect: ['a.org:1'] }, 'connect "a.org:1" mediated'],
    [{ connect: ['*.org:1'] }, 'connect "*.org:1" mediated'],
    [{ connect: ['10.0.0.4:1'] }, 'connect "10.0.0.4:1" mediated'],
    [{ listen: ['*:*'] }, 'listen "*:*" mediated'],
    [{ tools: ['s/t'] }, 'tools "s/t" mediated'],
    [{ models: ['p/*'] }, 'models "p/*" mediated'],
    [{ forbid: ['forbid (principal, action, resource);'] }, 'forbid 0 mediated'],
    [{}, 'dynamic mediated'],
    [{}, 'expires ends'],
  ])('%j: %s', (scope, loss) => expect(lost(scope)).toContain(loss));

  test('uses', () => expect(lost({}, { uses: 3 })).toContain('uses 3 mediated'));
  test('and nothing else', () =>
    expect(lost({ read: ['/'], write: ['/a'], exec: ['/a'], connect: ['*:1-64'], dynamic: true })).toEqual([
      'expires ends',
    ]));
});

test('a forbid at any level makes all rules a floor, and every family mediated', () => {
  const objective = grantOf(
    { read: ['/'], write: ['/a'], exec: ['/a'], connect: ['*:1'], forbid: ['forbid (principal, action, resource);'] },
    { delegate: operator.publicJwk },
  );
  const plan = minted({ ...DRAFTS.plan, scope: { read: ['/a'], exec: ['/a'], connect: ['*:1'] } }, operator, objective);
  const { binding, seccomp } = lower([objective, plan]);
  expect(binding).toBe('floor');
  expect(seccomp).toMatchObject({
    open: 'notify',
    exec: 'notify',
    connect: 'notify',
    'path-modify': 'deny',
    'bind-listen': 'deny',
  });
});

test.each<[ScopeJson, Partial<Lowered['seccomp']>]>([
  [
    {},
    {
      open: 'deny',
      exec: 'deny',
      connect: 'deny',
      'bind-listen': 'deny',
      'path-modify': 'deny',
      'unix-socket': 'deny',
    },
  ],
  [{ read: ['/'] }, { open: 'kernel', 'metadata-modify': 'deny' }],
  [
    { write: ['/a'] },
    { open: 'kernel', 'path-modify': 'kernel', 'metadata-modify': 'notify', 'unix-socket': 'notify' },
  ],
  [{ exec: ['/a', 'git'] }, { exec: 'notify' }],
  [{ connect: ['*:1', '10.0.0.4:1'] }, { connect: 'notify' }],
  [
    { connect: ['*:1'], listen: ['*:2-3'] },
    { connect: 'kernel', 'bind-listen': 'kernel' },
  ],
])('a filter under %j', (scope, families) => {
  expect(lower([grantOf(scope)]).seccomp).toMatchObject({
    ...families,
    ptrace: 'deny',
    udp: 'deny',
    'io-uring': 'deny',
  });
});
