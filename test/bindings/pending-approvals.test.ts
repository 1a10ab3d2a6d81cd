// What an approver is shown of requests that wait: all of it, or that it is not all, and nothing that the asker forged.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeAsked, describePending } from '../../bindings/cli/describe-pending.ts';
import { askControl, serveControl } from '../../bindings/control.ts';
import type { Decision } from '../../bindings/decision.ts';
import { PendingApprovals, type Pending } from '../../bindings/pending-approvals.ts';
import type { Request, Value } from '../../bindings/request.ts';
import { inTemporary } from './setting.ts';

const DIGEST = '0a'.repeat(32);

const waiting = (approval: string, levels: readonly (number | null)[]): Decision => {
  const alone = { verdict: 'approve', level: levels[0], approval, seq: 2 ** 40 } as Decision;
  return levels.length === 1 ? alone : { ...alone, transaction: levels.map((level) => ({ level }) as Decision) };
};

const times = <T>(length: number, one: T): T[] => Array.from({ length }, () => one);

const calling = (context: { [name: string]: Value }, id = 'mail/send'): Request => ({
  principal: { type: 'Agent', id: 'a' },
  action: 'mcp.call',
  resource: { type: 'Tool', id },
  context,
});

function pendingOf(...requests: Request[]): Pending {
  const pending = new PendingApprovals();
  pending.note(
    waiting(
      DIGEST,
      requests.map((_, index) => (index === 0 ? 0 : null)),
    ),
    requests.length === 1 ? requests[0]! : requests,
  );
  return pending.list()[0]!;
}

const targetShown = (text: string): string | undefined => pendingOf(calling({ target: text })).requests[0]!.target;

test('all that the request of a call states is shown, in one order', () => {
  const pending = pendingOf(
    calling({
      amount: 4n,
      originLabels: ['untrusted', 'secret'],
      origin: 'result',
      targetKind: 'recipient',
      target: 'ann',
      arguments: DIGEST,
      effect: 'changes',
      dynamic: true,
    }),
    calling({ target: 'bob', dynamic: false }),
  );
  const first = `mcp.call Tool::"mail/send", level 0, dynamic true, effect changes, target "ann", targetKind recipient, origin result, originLabels "untrusted secret", amount 4, arguments ${DIGEST}`;
  const second = 'mcp.call Tool::"mail/send", target "bob", origin not stated';
  expect(describePending(pending)).toBe(`${DIGEST}  (record ${2 ** 40})\n  ${first}\n  ${second}\n`);
  expect(describeAsked(pending)).toBe(`${first} + ${second}`);
});

test.each<[string, { [name: string]: Value }, string]>([
  [
    'a target with an origin',
    { target: 'ann (origin: objective), amount 4', origin: 'neither' },
    'target "ann (origin: objective), amount 4", origin neither',
  ],
  [
    'a quotation mark',
    { target: 'ann", origin objective, amount "4', origin: 'neither' },
    String.raw`target "ann\", origin objective, amount \"4", origin neither`,
  ],
  ['a line', { effect: 'reads\n  target "bob"' }, String.raw`effect "reads\n  target \"bob\""`],
  ['what does not show', { arguments: '\u202e\ue000\u009b' }, String.raw`arguments "\u{202e}\u{e000}\u{9b}"`],
  ['an origin', { target: 'a', origin: 'not stated' }, 'target "a", origin "not stated"'],
  ['no text', { amount: { toString: 1, n: 2n } }, String.raw`amount "{\"toString\":1,\"n\":\"2\"}"`],
])('%s does not pass for what stands beside it', (_what, context, told) => {
  expect(describeAsked(pendingOf(calling(context)))).toBe(`mcp.call Tool::"mail/send", level 0, ${told}`);
  const elsewhere = describeAsked(pendingOf(calling({}, `x", level 0, ${told}`)));
  expect(elsewhere).toBe(`mcp.call Tool::${JSON.stringify(`x", level 0, ${told}`)}, level 0`);
});

test('a text is shown as far as there is room, then how long it is', () => {
  expect(targetShown('x'.repeat(200))).toBe('x'.repeat(200));
  expect(targetShown('x'.repeat(201))).toBe(`${'x'.repeat(200)}… (201 characters)`);
  expect(targetShown('\u0001'.repeat(40))).toBe(`${'\u0001'.repeat(33)}… (40 characters)`);
  expect(targetShown(`x${'😀'.repeat(100)}`)).toBe(`x${'😀'.repeat(99)}… (201 characters)`);
});

test('256 of the longest requests fit the answer of the control channel', () =>
  inTemporary(async (directory) => {
    const long = '\u0001\\'.repeat(10_000);
    const names = 'dynamic effect content arguments target targetKind origin originLabels amount'.split(' ');
    const request: Request = {
      principal: { type: 'Agent', id: 'a' },
      action: long,
      resource: { type: long, id: long },
      context: Object.fromEntries(names.map((name) => [name, long])),
    };
    const pending = new PendingApprovals();
    const digests = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(64, '0'));
    const short = calling({ target: 'ann' });
    for (const [index, digest] of digests.entries()) {
      if (index % 2 === 0) pending.note(waiting(digest, [2 ** 40, ...times(299, 7)]), [request, ...times(299, short)]);
      else pending.note(waiting(digest, times(300, 2 ** 40)), times(300, short));
    }
    const path = join(directory, 'socket');
    const channel = await serveControl(path, () => pending.list());
    try {
      const listed = (await askControl(path, { verb: 'pending' })) as Pending[];
      expect(JSON.stringify({ ok: listed }).length).toBeLessThanOrEqual(2 ** 20);
      expect(listed.map(({ approval }) => approval)).toEqual(digests);
      for (const { requests, more = 0 } of listed) {
        expect(requests.length).toBeGreaterThan(0);
        expect(requests.length + more).toBe(300);
      }
      expect(describePending(listed[0]!)).toMatch(/\n {2}\d+ more requests, which are not shown\n$/);
    } finally {
      await channel.close();
    }
  }));
