import { describe, expect, test } from 'vitest';
import { compileLayer, layerText } from '../../bindings/authority/layer.ts';
import type { ScopeJson } from '../../bindings/authority/scope.ts';
import type { Request, Value } from '../../bindings/request.ts';
import { call, EXPIRES_MS, exec, file, judge, net, NOW_MS, SCHEMA, scopeOf } from './judge.ts';

const text = (scope: ScopeJson): string => layerText({ level: 'plan', scope: scopeOf(scope), expiresMs: EXPIRES_MS });

const PAY = { tool: 'bank/pay', targets: ['ann@x.example', '*@y.example'], amountMax: 5 };
const pay = (object: Record<string, Value>): Request => call('mcp.call', 'bank/pay', false, object);

const CASES: [what: string, scope: ScopeJson, request: Request, allowed: boolean][] = [
  ['a file below', { read: ['/work'] }, file('file.read', '/work/a'), true],
  ['the path as a file', { read: ['/work'] }, file('file.read', '/work'), true],
  ['the path as a directory', { read: ['/work'] }, file('file.read', '/work', 'Dir'), true],
  ['everything below /', { write: ['/'] }, file('file.delete', '/etc/passwd'), true],
  ['a path that begins alike', { read: ['/work'] }, file('file.read', '/workshop'), false],
  ['writing what may be read', { read: ['/work'] }, file('file.write', '/work/a'), false],
  ['reading what may be written', { write: ['/work'] }, file('file.read', '/work/a'), false],
  ['making', { write: ['/work'] }, file('file.create', '/work/a'), true],
  ['renaming', { write: ['/work'] }, file('file.rename', '/work/a'), true],
  ['a quote in a path', { read: ['/a"b\\c'] }, file('file.read', '/a"b\\c/d'), true],
  ['names that mix scripts (F)', { write: ['/wörk日本'] }, file('file.write', '/wörk日本/a'), true],
  ['an emoji (F)', { exec: ['/emoji😀/'] }, exec('/emoji😀/a'), true],
  ['a name that looks like another (F)', { read: ['/w\u043Erk'] }, file('file.read', '/w\u043Erk/a'), true],
  ['the name that it looks like (F)', { read: ['/w\u043Erk'] }, file('file.read', '/work/a'), false],
  ['an executable', { exec: ['/usr/bin/git'] }, exec('/usr/bin/git'), true],
  ['another', { exec: ['/usr/bin/git'] }, exec('/usr/bin/curl'), false],
  ['an executable below', { exec: ['/usr/'] }, exec('/usr/bin/git'), true],
  ['a program by name', { exec: ['git'] }, exec('git'), true],
  ['the program of that name by path', { exec: ['git'] }, exec('/usr/bin/git'), false],
  ['a dynamic command', { exec: ['bash'] }, exec('bash', true), false],
  ['a dynamic command, let run', { exec: ['bash'], dynamic: true }, exec('bash', true), true],
  ['a dynamic tool call', { tools: ['s/*'] }, call('mcp.call', 's/t', true), false],
  ['a host', { connect: ['a.org:443'] }, net('net.connect', 'a.org:443'), true],
  ['a host by HTTP', { connect: ['a.org:443'] }, net('http.request', 'a.org:443'), true],
  ['another port', { connect: ['a.org:443'] }, net('net.connect', 'a.org:80'), false],
  ['a host below', { connect: ['a.org:443'] }, net('net.connect', 'b.a.org:443'), false],
  ['a domain', { connect: ['*.a.org:80-90'] }, net('net.connect', 'c.b.a.org:90'), true],
  ['the domain itself', { connect: ['*.a.org:80-90'] }, net('net.connect', 'a.org:90'), false],
  ['a port beyond', { connect: ['*.a.org:80-90'] }, net('net.connect', 'b.a.org:91'), false],
  ['an address in a block', { connect: ['10.0.0.0/8:*'] }, net('net.connect', 'a.org:1', '10.1.2.3'), true],
  ['an address that is not stated', { connect: ['10.0.0.0/8:*'] }, net('net.connect', '10.1.2.3:1'), false],
  ['an address by HTTP', { connect: ['[::1]:8080'] }, net('http.request', '[::1]:8080', '::1'), true],
  ['anything', { connect: ['*:443'] }, net('net.connect', 'a.org:443'), true],
  ['listening where connecting is granted', { connect: ['*:*'] }, net('net.listen', '[::1]:1', '::1'), false],
  ['listening', { listen: ['127.0.0.1:1-9'] }, net('net.listen', '127.0.0.1:9', '127.0.0.1'), true],
  ['a tool', { tools: ['s/t'] }, call('tool.call', 's/t'), true],
  ['a target', { tools: [PAY] }, pay({ target: 'ann@x.example', amount: 5 }), true],
  ['a target by its end', { tools: [PAY] }, pay({ target: 'bob@y.example', amount: 0 }), true],
  ['another target', { tools: [PAY] }, pay({ target: 'bob@z.example', amount: 5 }), false],
  ['no target', { tools: [PAY] }, pay({ amount: 5 }), false],
  ['too much', { tools: [PAY] }, pay({ target: 'ann@x.example', amount: 6 }), false],
  ['less than nothing', { tools: [PAY] }, pay({ target: 'ann@x.example', amount: -1 }), false],
  ['no amount', { tools: [PAY] }, pay({ target: 'ann@x.example' }), false],
  ['a target, or ask', { tools: [{ ...PAY, orAsk: true }] }, pay({ target: 'ann@x.example', amount: 5 }), true],
  [
    'another tool of it',
    { tools: [PAY] },
    call('mcp.call', 'bank/list', false, { target: 'ann@x.example', amount: 5 }),
    false,
  ],
  ['an object beside its tool', { tools: [PAY, 'bank/pay'] }, pay({}), true],
  ['a model for a tool', { tools: ['s/t'] }, call('llm.invoke', 's/t'), false],
  ['a model', { models: ['openai/*'] }, call('llm.invoke', 'openai/a/b'), true],
  [
    'what is forbidden',
    { write: ['/work'], forbid: ['forbid (principal, action, resource in Dir::"/work/.git");'] },
    file('file.write', '/work/.git/config'),
    false,
  ],
];

describe('a layer', () => {
  test.each(CASES)('%s (%j)', (_what, scope, request, allowed) => {
    expect(judge(scopeOf(scope))(request)).toBe(allowed);
  });

  test('ends when the grant does', () => {
    const allows = judge(scopeOf({ read: ['/'] }));
    const times = [NOW_MS, EXPIRES_MS - 1, EXPIRES_MS, EXPIRES_MS + 1];
    expect(times.map((time) => allows(file('file.read', '/a'), time))).toEqual([true, true, false, false]);
  });

  test('reads like the scope, which its policies are named after', () => {
    expect(text({ write: ['/work'], connect: ['10.0.0.0/8:80-90'] })).toBe(`@id("plan.write.0")
permit (principal, action in [Action::"file.write", Action::"file.create", Action::"file.delete", Action::"file.rename"], resource in Dir::"/work");

@id("plan.write.0.itself")
permit (principal, action in [Action::"file.write", Action::"file.create", Action::"file.delete", Action::"file.rename"], resource == File::"/work");

@id("plan.connect.0")
permit (principal, action in [Action::"net.connect", Action::"http.request"], resource is Endpoint) when { context has address && context.address.isInRange(ip("10.0.0.0/8")) && context.port >= 80 && context.port <= 90 };

@id("plan.dynamic")
@verdict("approve")
forbid (principal, action in [Action::"process.exec", Action::"tool.call", Action::"mcp.call", Action::"llm.invoke"], resource) when { context.dynamic };

@id("plan.expiry")
forbid (principal, action in [Action::"file.read", Action::"file.write", Action::"file.create", Action::"file.delete", Action::"file.rename", Action::"process.exec", Action::"net.connect", Action::"http.request", Action::"net.listen", Action::"tool.call", Action::"mcp.call", Action::"llm.invoke"], resource) when { context.time >= datetime("2023-11-14T23:13:20.000Z") };
`);
  });

  test('is refused with the line of the forbid that does not fit the schema', () => {
    const scope = scopeOf({ forbid: ['forbid (principal, action, resource is Spaceship);'] });
    const make = () => compileLayer({ level: 'plan', scope, expiresMs: EXPIRES_MS, token: '' }, SCHEMA);
    expect(make).toThrow(/the plan, line \d+ .*Spaceship/);
  });
});
