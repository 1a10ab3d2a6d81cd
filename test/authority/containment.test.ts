import { describe, expect, test } from 'vitest';
import { widening } from '../../bindings/authority/containment.ts';
import type { ScopeJson } from '../../bindings/authority/scope.ts';
import { ring } from '../ring.ts';
import { compareCallsWithCore, compareWithCore } from './containment-property.ts';
import { scopeOf } from './judge.ts';

const WITHIN: [why: string, child: ScopeJson, parent: ScopeJson][] = [
  ['nothing', {}, {}],
  ['less', {}, { read: ['/'] }],
  ['the same', { read: ['/work'], dynamic: true }, { read: ['/work'], dynamic: true }],
  ['below', { read: ['/work/a/b'] }, { read: ['/srv', '/work'] }],
  ['below /', { read: ['/work'] }, { read: ['/'] }],
  ['a file below a directory', { exec: ['/usr/bin/git'] }, { exec: ['/usr/'] }],
  ['a directory below a directory', { exec: ['/usr/bin/'] }, { exec: ['/'] }],
  ['a host below a domain', { connect: ['a.b.org:443'] }, { connect: ['*.b.org:443'] }],
  ['a domain below a domain', { connect: ['*.a.b.org:443'] }, { connect: ['*.b.org:*'] }],
  ['a block within a block', { connect: ['10.1.0.0/16:443'] }, { connect: ['10.0.0.0/8:443'] }],
  ['an address within a block', { connect: ['[2001:db8::1]:443'] }, { connect: ['[2001:db8::/32]:443'] }],
  ['all of it', { connect: ['a.org:443', '10.0.0.1:1', '*.b.org:5-6'] }, { connect: ['*:*'] }],
  ['ports shared out', { connect: ['a.org:1-9'] }, { connect: ['a.org:5-20', '*.org:1-2', 'a.org:2-4'] }],
  ['a tool of an owner', { tools: ['s/t'] }, { tools: ['s/*'] }],
  ['an object for its tool', { tools: [{ tool: 's/t', targets: ['a'] }] }, { tools: ['s/t'] }],
  ['an object for its owner', { tools: [{ tool: 's/t', amountMax: 1 }] }, { tools: ['s/*'] }],
  [
    'fewer targets',
    { tools: [{ tool: 's/t', targets: ['a@x', 'b*'] }] },
    { tools: [{ tool: 's/t', targets: ['*@x', 'b*'] }] },
  ],
  ['a smaller amount', { tools: [{ tool: 's/t', amountMax: 1 }] }, { tools: [{ tool: 's/t', amountMax: 1 }] }],
  ['any count', { tools: ['s/t'] }, { tools: [{ tool: 's/t', count: 1 }] }],
  ['one that asks, of a tool', { tools: [{ tool: 's/t', targets: ['a'], orAsk: true }] }, { tools: ['s/*'] }],
  [
    'one that asks, of another',
    { tools: [{ tool: 's/t', targets: ['a'], amountMax: 1, orAsk: true }] },
    { tools: [{ tool: 's/t', targets: ['a*'], orAsk: true }] },
  ],
  [
    'what need not be asked about',
    { tools: [{ tool: 's/t', targets: ['ab'] }] },
    { tools: [{ tool: 's/t', targets: ['a*'], orAsk: true }] },
  ],
  [
    'all of an owner, asking where the parent does',
    { tools: ['s/*', { tool: 's/t', targets: ['a'], orAsk: true }] },
    { tools: ['s/*', { tool: 's/t', targets: ['a'], orAsk: true }] },
  ],
];

const WIDER: [why: string, child: ScopeJson, parent: ScopeJson, message: string][] = [
  ['nothing to hold it', { read: ['/work'] }, {}, 'scope.read[0] "/work": the parent has no read'],
  ['above', { read: ['/a', '/'] }, { read: ['/a'] }, 'scope.read[1] "/": the parent does not hold it; closest is "/a"'],
  ['a name that begins alike', { write: ['/workshop'] }, { write: ['/work'] }, 'closest is "/work"'],
  ['the closest', { write: ['/a/b/x'] }, { write: ['/q', '/a/b/c', '/a/z'] }, 'closest is "/a/b/c"'],
  ['write for read', { write: ['/work'] }, { read: ['/'] }, 'the parent has no write'],
  ['the directory itself', { exec: ['/usr/bin'] }, { exec: ['/usr/bin/'] }, 'closest is "/usr/bin/"'],
  ['a directory for a file', { exec: ['/usr/bin/'] }, { exec: ['/usr/bin/git'] }, 'closest is "/usr/bin/git"'],
  ['a path for a name', { exec: ['/usr/bin/git'] }, { exec: ['git'] }, 'closest is "git"'],
  ['the domain itself', { connect: ['b.org:443'] }, { connect: ['*.b.org:443'] }, 'closest is "*.b.org:443"'],
  ['all names below', { connect: ['*.b.org:443'] }, { connect: ['a.b.org:443'] }, 'closest is "a.b.org:443"'],
  ['a name for its address', { connect: ['localhost:1'] }, { connect: ['127.0.0.1:1'] }, 'closest is "127.0.0.1:1"'],
  ['halves for the whole', { connect: ['10.0.0.0/8:1'] }, { connect: ['10.0.0.0/9:1', '10.128.0.0/9:1'] }, 'closest'],
  ['IPv6 for IPv4', { connect: ['[::1]:1'] }, { connect: ['0.0.0.0/0:1'] }, 'closest'],
  ['anything', { connect: ['*:443'] }, { connect: ['0.0.0.0/0:443', '[::/0]:443'] }, 'closest'],
  [
    'another port',
    { connect: ['a.org:80'] },
    { connect: ['a.org:443'] },
    'the parent leaves out port 80; closest is "a.org:443"',
  ],
  ['a gap of ports', { connect: ['a.org:1-9'] }, { connect: ['a.org:1-4', 'a.org:6-9'] }, 'leaves out port 5'],
  ['listen for connect', { listen: ['a.org:1'] }, { connect: ['a.org:1'] }, 'the parent has no listen'],
  ['all of an owner', { tools: ['s/*'] }, { tools: ['s/t'] }, 'closest is "s/t"'],
  ['a tool for its object', { tools: ['s/t'] }, { tools: [{ tool: 's/t', amountMax: 5 }] }, 'closest is {"tool":"s/t"'],
  [
    'another target',
    { tools: [{ tool: 's/t', targets: ['ax', 'b'] }] },
    { tools: [{ tool: 's/t', targets: ['a*'] }] },
    'scope.tools[0] {"tool":"s/t","targets":["ax","b"]}: ',
  ],
  [
    'any target',
    { tools: [{ tool: 's/t', targets: ['*'] }] },
    { tools: [{ tool: 's/t', targets: ['a*', '*a'] }] },
    'closest is',
  ],
  [
    'a greater amount',
    { tools: [{ tool: 's/t', amountMax: 2 }] },
    { tools: [{ tool: 's/t', amountMax: 1 }] },
    'closest is',
  ],
  [
    'asking for what is refused',
    { tools: [{ tool: 's/t', targets: ['a'], orAsk: true }] },
    { tools: [{ tool: 's/t', targets: ['a'] }] },
    'closest is',
  ],
  [
    'asking about less',
    { tools: [{ tool: 's/t', targets: ['*'], orAsk: true }] },
    { tools: [{ tool: 's/t', targets: ['a'], orAsk: true }] },
    'the parent lets ask beyond {"tool":"s/t","targets":["a"],"orAsk":true}',
  ],
  [
    'not asking where the parent does',
    { tools: ['s/*'] },
    { tools: ['s/*', { tool: 's/t', targets: ['a'], orAsk: true }] },
    'the parent lets ask beyond',
  ],
  ['dynamic', { dynamic: true }, { read: ['/'] }, 'scope.dynamic: '],
];

describe('a scope', () => {
  test.each(WITHIN)('lies within its parent: %s', (_why, child, parent) => {
    expect(widening(scopeOf(child), scopeOf(parent))).toBeUndefined();
  });

  test.each(WIDER)('does not: %s', (_why, child, parent, message) => {
    expect(widening(scopeOf(child), scopeOf(parent))).toContain(message);
  });

  test('may forbid what its parent does not, and need not repeat what its parent forbids', () => {
    const forbid = ['forbid (principal, action, resource);'];
    expect(widening(scopeOf({ forbid }), scopeOf({}))).toBeUndefined();
    expect(widening(scopeOf({}), scopeOf({ forbid }))).toBeUndefined();
  });

  const seed = 20261122;
  const [PAIRS, CALL_PAIRS] = ring === 'first' ? [100, 60] : [300, 120];
  test(`within allows nothing its parent does not, and one refused allows something, by the core (seed ${seed})`, () => {
    const { accepted, refused, disagreement } = compareWithCore(seed, PAIRS);
    expect(disagreement).toBeUndefined();
    // Neither side of the boundary is left out.
    expect(Math.min(accepted, refused)).toBeGreaterThan(PAIRS / 5);
  });

  test(`the same of targets and amounts, what is refused apart (seed ${seed})`, () => {
    const { accepted, refused, disagreement } = compareCallsWithCore(seed, CALL_PAIRS);
    expect(disagreement).toBeUndefined();
    expect(Math.min(accepted, refused)).toBeGreaterThan(CALL_PAIRS / 5);
  });
});
