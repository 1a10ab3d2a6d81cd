import { describe, expect, test } from 'vitest';
import { parseScope } from '../../bindings/authority/scope.ts';

const ACCEPTED: [key: string, text: string, kind: string][] = [
  ['read', '/', 'path'],
  ['write', '/work/src', 'path'],
  ['read', '/work/a b/é', 'path'],
  ['exec', '/usr/bin/git', 'file'],
  ['exec', '/usr/bin/', 'directory'],
  ['exec', '/', 'directory'],
  ['exec', 'git', 'program'],
  ['connect', 'example.org:443', 'host'],
  ['connect', '*.example.org:1-5', 'domain'],
  ['connect', '*:*', 'any'],
  ['connect', '10.0.0.0/8:443', 'address'],
  ['connect', '0.0.0.0/0:443', 'address'],
  ['connect', '127.0.0.1:0', 'address'],
  ['listen', '[::1]:8080', 'address'],
  ['listen', '[2001:db8::/32]:65535', 'address'],
  ['tools', 'github/create_issue', 'member'],
  ['tools', 'github/*', 'owner'],
  ['models', 'anthropic/a/b', 'member'],
];

const OBJECTS: object[] = [
  { tool: 'bank/pay', targets: ['a', 'b*', '*@x.example', '*'], amountMax: 0, count: 1 },
  { tool: 'bank/pay', amountMax: 2 ** 53 - 1, orAsk: true },
  { tool: 'bank/a/b', count: 2 ** 32 - 1 },
];

const REFUSED: [why: string, scope: unknown, place: string][] = [
  ['no object', [], 'scope: '],
  ['an unknown name', { reads: ['/'] }, 'scope.reads: unknown'],
  ['no list', { read: '/' }, 'scope.read: '],
  ['an empty list, which reads like all', { read: [] }, 'scope.read: '],
  ['null', { read: null }, 'scope.read: '],
  ['no text', { read: ['/', 1] }, 'scope.read[1] 1: must be text'],
  ['an object of paths', { read: [{ tool: 'a/b', count: 1 }] }, 'scope.read[0] {"tool":"a/b","count":1}: must be text'],
  ['an object without limits', { tools: [{ tool: 'a/b' }] }, 'must have targets or amountMax or count'],
  ['asking about nothing', { tools: [{ tool: 'a/b', orAsk: true }] }, 'must have targets or amountMax;'],
  ['asking, and a count', { tools: [{ tool: 'a/b', amountMax: 1, count: 1, orAsk: true }] }, 'count: not with orAsk'],
  ['an object for an owner', { tools: [{ tool: 'a/*', count: 1 }] }, 'tool: must be OWNER/NAME'],
  ['an object with an unknown name', { tools: [{ tool: 'a/b', count: 1, max: 1 }] }, 'max: unknown'],
  ['no targets', { tools: [{ tool: 'a/b', targets: [] }] }, 'targets: '],
  ['a star in the middle', { tools: [{ tool: 'a/b', targets: ['a*b'] }] }, 'targets: '],
  ['two stars', { tools: [{ tool: 'a/b', targets: ['*a*'] }] }, 'targets: '],
  ['an empty target', { tools: [{ tool: 'a/b', targets: [''] }] }, 'targets: '],
  ['a target given twice', { tools: [{ tool: 'a/b', targets: ['a', 'a'] }] }, 'targets: '],
  ['a target that hides', { tools: [{ tool: 'a/b', targets: ['a\u202eb'] }] }, 'targets: '],
  ['a long target', { tools: [{ tool: 'a/b', targets: ['a'.repeat(257)] }] }, 'targets: '],
  ['an amount below zero', { tools: [{ tool: 'a/b', amountMax: -1 }] }, 'amountMax: '],
  ['half an amount', { tools: [{ tool: 'a/b', amountMax: 0.5 }] }, 'amountMax: '],
  ['no uses', { tools: [{ tool: 'a/b', count: 0 }] }, 'count: must be 1-4294967295'],
  [
    'an object given twice, in another order',
    {
      tools: [
        { tool: 'a/b', count: 1, amountMax: 2 },
        { amountMax: 2, tool: 'a/b', count: 1 },
      ],
    },
    'given twice',
  ],
  [
    'another object of a tool that asks',
    {
      tools: [
        { tool: 'a/b', count: 1 },
        { tool: 'a/b', amountMax: 1, orAsk: true },
      ],
    },
    'with orAsk, no other object',
  ],
  ['an entry given twice', { read: ['/a', '/b', '/a'] }, 'scope.read[2] "/a": given twice'],
  ['a relative path', { read: ['work'] }, 'scope.read[0] "work": must be an absolute path'],
  ['a slash at the end', { write: ['/work/'] }, 'write "/work"'],
  ['a dot segment', { write: ['/work/../etc'] }, 'scope.write[0] "/work/../etc": must be canonical'],
  ['an empty segment', { write: ['//work'] }, 'must be canonical'],
  ['NUL', { write: ['/a\0'] }, 'characters that show'],
  ['a character that turns the rest around', { read: ['/a\u202eb'] }, 'characters that show'],
  ['a pattern of paths', { write: ['/work/**'] }, 'is not a pattern'],
  ['a long path', { write: [`/${'a'.repeat(4096)}`] }, 'at most 4096 bytes'],
  ['a lone surrogate', { write: ['/\ud800'] }, 'characters that show'],
  ['no program', { exec: [''] }, 'must be an absolute path'],
  ['a relative executable', { exec: ['bin/git'] }, 'must be an absolute path'],
  ['a pattern of programs', { exec: ['git*'] }, 'is not a pattern'],
  ['a dot segment of an executable', { exec: ['/usr/./git'] }, 'must be canonical'],
  ['no port', { connect: ['example.org'] }, 'must be HOST:PORT'],
  ['a port too high', { connect: ['example.org:65536'] }, 'the port must be'],
  ['a port with a zero before it', { connect: ['example.org:080'] }, 'the port must be'],
  ['a range that runs backwards', { connect: ['example.org:5-1'] }, 'the port must be'],
  ['a range of one', { connect: ['example.org:5-5'] }, 'the port must be'],
  ['all ports as a range', { connect: ['example.org:0-65535'] }, 'the port must be'],
  ['capitals', { connect: ['Example.org:443'] }, 'no host name'],
  ['a dot at the end', { connect: ['example.org.:443'] }, 'no host name'],
  ['a star inside', { connect: ['a.*.org:443'] }, 'no host name'],
  ['a label of hyphens', { connect: ['-a.org:443'] }, 'no host name'],
  ['a number for a top-level domain', { connect: ['a.1x.7:443'] }, 'no host name'],
  ['an address out of range', { connect: ['10.0.0.256:443'] }, 'no IPv4 address'],
  ['three octets', { connect: ['10.0.0:443'] }, 'no IPv4 address'],
  ['a zero before an octet', { connect: ['10.0.0.01:443'] }, 'no IPv4 address'],
  ['bits beyond the prefix', { connect: ['10.0.0.1/8:443'] }, 'bits beyond its prefix of 8'],
  ['a block of one', { connect: ['10.0.0.1/32:443'] }, 'as the address'],
  ['a prefix too long', { connect: ['10.0.0.0/33:443'] }, 'no IPv4 address'],
  ['IPv4 in brackets', { connect: ['[10.0.0.1]:443'] }, 'no IPv6 address'],
  ['IPv6 without brackets', { connect: ['::1:443'] }, 'must be HOST:PORT'],
  ['IPv6 not as RFC 5952 has it', { connect: ['[2001:DB8::1]:443'] }, 'write the address as 2001:db8::1'],
  ['an IPv4-mapped address', { connect: ['[::ffff:a00:1]:443'] }, 'IPv4-mapped'],
  ['a tool without owner', { tools: ['issue'] }, 'must be OWNER/NAME'],
  ['a tool without name', { tools: ['github/'] }, 'must be OWNER/NAME'],
  ['a pattern of tools', { tools: ['github/read_*'] }, 'is not a pattern'],
  ['a pattern of owners', { tools: ['*/*'] }, 'is not a pattern'],
  ['dynamic that is not true', { dynamic: false }, 'scope.dynamic: '],
  ['a permit', { forbid: ['permit (principal, action, resource);'] }, 'must be a forbid'],
  ['two policies', { forbid: ['forbid (principal, action, resource); forbid (principal, action, resource);'] }, 'one'],
  ['no policy', { forbid: ['// nothing'] }, 'must be one policy'],
  ['a template', { forbid: ['forbid (principal == ?principal, action, resource);'] }, 'template'],
  ['a name of its own', { forbid: ['@id("x") forbid (principal, action, resource);'] }, '@id'],
  ['a forbid that clears the screen', { forbid: ['forbid (principal, action, resource); // \u001b[2J'] }, 'that show'],
  ['no Cedar', { forbid: ['forbid everything'] }, 'scope.forbid[0] "forbid everything": '],
];

describe('parseScope()', () => {
  test.each(ACCEPTED)('%s %s is a %s', (key, text, kind) => {
    const parsed = parseScope({ [key]: [text] });
    expect(parsed).toMatchObject({ scope: { dynamic: false, forbid: [], entries: { [key]: [{ text, kind }] } } });
  });

  test.each(REFUSED)('refuses %s', (_why, scope, place) => {
    expect(parseScope(scope)).toEqual({ fault: expect.stringContaining(place) as string });
  });

  test.each(OBJECTS)('takes %j', (object) => {
    const parsed = parseScope({ tools: [object, 'bank/pay'] });
    const { tool: name, ...limits } = object as { tool: string };
    expect(parsed).toMatchObject({
      scope: { entries: { tools: [{ kind: 'member', name, limits }, { kind: 'member' }] } },
    });
  });

  test('what no version of Unicode has assigned yet shows', () => {
    expect(parseScope({ read: ['/\u{5ffff}'] })).toHaveProperty('scope');
    expect(parseScope({ read: ['/\u2028'] })).toHaveProperty('fault');
  });

  test('takes what forbids', () => {
    const forbid = ['forbid (principal, action, resource in Dir::"/work/.git");'];
    expect(parseScope({ write: ['/work'], dynamic: true, forbid })).toMatchObject({ scope: { dynamic: true, forbid } });
  });
});
