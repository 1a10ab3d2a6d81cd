// Owns: grants in one runtime: a key from a seed, a plan minted, verified, compiled to layers, and a decision under it.
// Call: <runtime> authority-line.ts. Prints what must be the same in every runtime, as JSON.

import { readFileSync } from 'node:fs';
import { verifyChain } from '../../bindings/authority/chain.ts';
import { mintPlan } from '../../bindings/authority/draft.ts';
import { IssuerKey, TrustSet } from '../../bindings/authority/issuer-key.ts';
import type { Request } from '../../bindings/request.ts';
import { openSession } from '../../bindings/session.ts';
import { hostRuntime } from '../../bindings/runtime/index.ts';
import { compile } from '../../engine/compiler/index.ts';

const nowMs = 1_700_000_000_000;
const key = new IssuerKey(new Uint8Array(32).fill(5));
const trust = new TrustSet([key.publicJwk]);
const minted = mintPlan(
  {
    objective: { statement: 'Déplacer', scope: { read: ['/'], connect: ['*:*'] }, expires: '1h' },
    plan: { statement: 'Read', scope: { read: ['/work'], connect: ['[2001:db8::/32]:80-90'] } },
  },
  { key, nowMs, random: (length) => new Uint8Array(length).fill(6) },
);
if ('refusal' in minted) throw new Error(minted.refusal.message);
const tokens = minted.chain.map(({ token }) => token);
const forged = tokens.map((token) => token.replace(/.....$/, 'AAAAA'));

const compiled = compile({
  schema: {
    name: 'domain.cedarschema',
    text: readFileSync(new URL('../../engine/schema/domain.cedarschema', import.meta.url), 'utf8'),
  },
  policies: [{ name: 'policy.cedar', text: '@id("all") permit (principal, action, resource);' }],
  labels: [],
  authority: 'required',
});
if ('diagnostics' in compiled) throw new Error(JSON.stringify(compiled.diagnostics));
const session = openSession({
  policy: compiled.policy,
  authority: { tokens, trust },
  log: 'none',
  adapter: 'runtimes',
  runtime: { ...(await hostRuntime()), now: () => nowMs },
});
const request = (action: string, type: string, id: string, context: Request['context']): Request => ({
  principal: { type: 'Agent', id: 'a' },
  action,
  resource: { type, id },
  ...(context === undefined ? {} : { context }),
});
const address = { __extn: { fn: 'ip', arg: '2001:db8::1' } };
const decisions = [
  await session.mediate(request('file.read', 'File', '/work/é', { resolved: true })),
  await session.mediate(request('file.read', 'File', '/etc/passwd', { resolved: true })),
  await session.mediate(request('net.connect', 'Endpoint', '[2001:db8::1]:90', { protocol: 'tcp', address })),
  await session.mediate(request('net.connect', 'Endpoint', '[2001:db8::1]:91', { protocol: 'tcp', address })),
];
console.log(JSON.stringify({ tokens, decisions, forged: verifyChain(forged, trust, nowMs, undefined) }));
