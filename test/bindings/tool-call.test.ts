import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../bindings/canonical-json.ts';
import { Origins, valueDigest } from '../../bindings/origins.ts';
import { requestsOf, withOrigin, type ToolCall } from '../../bindings/tool-call.ts';

describe('canonicalJson()', () => {
  test('writes the example of RFC 8785, section 3.2.3, and sorts as section 3.2.4 has it', () => {
    const value: unknown = JSON.parse(String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`);
    expect(canonicalJson(value)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
    const names = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6'];
    const sorted = JSON.parse(
      canonicalJson(Object.fromEntries(names.map((name, index) => [`x${name}`, index])))!,
    ) as object;
    expect(Object.keys(sorted)).toEqual(
      ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33'].map((name) => `x${name}`),
    );
  });

  test.each<[string, unknown]>([
    ['a lone surrogate', ['\ud800']],
    ['a name with one', { '\ud800': 1 }],
    ['no number', NaN],
    ['what JSON has no form for', { a: undefined }],
    ['what nests too deep', Array.from({ length: 65 }).reduce((inner) => [inner], 0)],
  ])('has no form for %s', (_what, value) => {
    expect(canonicalJson(value)).toBeUndefined();
  });
});

describe('the origin of a target', () => {
  const objective = 'Pay the rent to landlord@home.example, then tell ann.';
  test.each([
    ['landlord@home.example', 'objective'],
    ['ann', 'objective'],
    ['lord@home.example', 'neither'],
    ['landlord@home.exampl', 'neither'],
    ['Landlord@home.example', 'neither'],
    ['', 'neither'],
    ['seen@x.example', 'result'],
    ['made-up@x.example', 'neither'],
  ])('%s: %s', (target, origin) => {
    const origins = new Origins();
    origins.note([valueDigest('seen@x.example'), valueDigest('ann')], ['untrusted']);
    expect(origins.of(target, objective).origin).toBe(origin);
  });

  test('is none of the objective where no objective is', () => {
    expect(new Origins().of('ann', undefined)).toEqual({ origin: 'neither' });
  });

  test('has the labels of every result that held it, and none of others', () => {
    const origins = new Origins();
    origins.note([valueDigest('a'), valueDigest('b')], ['untrusted']);
    origins.note([valueDigest('a')], ['secret', 'untrusted']);
    expect(origins.of('a', undefined)).toEqual({ origin: 'result', originLabels: ['untrusted', 'secret'] });
    expect(origins.of('b', undefined)).toEqual({ origin: 'result', originLabels: ['untrusted'] });
  });

  test('is forgotten when 65,536 others were seen since', () => {
    const origins = new Origins();
    const others = Array.from({ length: 65_536 }, (_, index) => Buffer.from(index.toString().padStart(16)));
    origins.note([valueDigest('a')], []);
    origins.note(others.slice(1), []);
    expect(origins.of('a', undefined).origin).toBe('result');
    origins.note(others.slice(0, 1), []);
    expect(origins.of('a', undefined).origin).toBe('neither');
  });
});

describe('a call of a tool', () => {
  const call: ToolCall = {
    principal: { type: 'Agent', id: 'a' },
    action: 'mcp.call',
    tool: 'bank/pay',
    effect: 'changes',
    arguments: { to: 'b', amount: 4 },
  };
  const digest = createHash('sha256').update('{"amount":4,"to":"b"}').digest('hex');

  test('is one request, or one for each object, all with the digest of the arguments', () => {
    expect(requestsOf(call)).toEqual([
      {
        principal: call.principal,
        action: 'mcp.call',
        resource: { type: 'Tool', id: 'bank/pay' },
        context: { dynamic: false, effect: 'changes', arguments: digest },
      },
    ]);
    const objects = [{ target: { kind: 'account', text: 'b' } as const, amount: 4 }, { amount: 1n }];
    expect(requestsOf({ ...call, objects, dynamic: true }).map(({ context }) => context)).toEqual([
      {
        dynamic: true,
        effect: 'changes',
        arguments: digest,
        target: 'b',
        targetKind: 'account',
        amount: 4,
      },
      { dynamic: true, effect: 'changes', arguments: digest, amount: 1n },
    ]);
  });

  test('says of the origin what is known, not what it said before', () => {
    const [request] = requestsOf({ ...call, objects: [{ target: { kind: 'account', text: 'b' } }] });
    const origin = { origin: 'result', originLabels: ['untrusted'] } as const;
    const claims = { ...request!, context: { ...request!.context, origin: 'objective', originLabels: ['x'] } };
    expect(withOrigin(claims, () => origin)).toEqual({ ...request, context: { ...request!.context, ...origin } });
    const [untargeted] = requestsOf(call);
    const claimed = { ...untargeted!, context: { ...untargeted!.context, origin: 'objective' } };
    expect(withOrigin(claimed, () => origin)).toEqual(untargeted);
  });

  test('leaves out arguments that have no canonical form, so that the core refuses it', () => {
    expect(requestsOf({ ...call, arguments: ['\ud800'] })[0]!.context).not.toHaveProperty('arguments');
  });
});
