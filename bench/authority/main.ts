// Owns: the command `npm run bench:authority`: what four levels of grants add to a decision, as a ratio to none.

import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { openAuthority } from '../../bindings/authority/authority.ts';
import { CborWriter } from '../../bindings/cbor-writer.ts';
import { mintPlan } from '../../bindings/authority/draft.ts';
import { IssuerKey, TrustSet } from '../../bindings/authority/issuer-key.ts';
import { type Request, writeRequest, AUTHORITY_NONE } from '../../bindings/request.ts';
import { loadEngine, STATE_INITIAL } from '../../bindings/engine.ts';
import { compile, type Policy } from '../../engine/compiler/index.ts';
import { LABELS, policyText } from '../decide/cedar-text.ts';
import { drawWorkload, type Workload } from '../decide/workload.ts';

const HELP = `npm run bench:authority -- [--quick]

Time to encode one request and decide it under 1,000 policies and six label policies of the organisation: without grants, and
under a chain of four (objective, intent, plan, step) with four to twelve entries each. The two take turns, all requests at a
time; printed is the median turn, in nanoseconds for one request. Every request is first decided by both: what the grants
allow all of has to come out alike.

  --quick   100 policies, few turns
  --help    this page`;

const SEED = 1;
const FULL = { policies: 1_000, requests: 512, turns: 400 };
const QUICK = { policies: 100, requests: 64, turns: 5 };
const TIME_MS = 1_700_000_000_000;

// In the domain a File is executed, too, and has no segments then.
const ON_FILES = 'action in [Action::"observe", Action::"modify"], resource is File';

const tenants = Array.from({ length: 7 }, (_, index) => `/srv/tenant-${index}`);
const END = { expires: '1h' };
const CHAIN = {
  objective: {
    statement: 'Operate',
    scope: { read: ['/'], write: ['/srv', '/tmp'], exec: ['git', '/usr/bin/'] },
    ...END,
  },
  intent: { statement: 'Maintain', scope: { read: ['/srv', '/etc', '/usr'], write: ['/srv'], exec: ['git'] } },
  plan: { statement: 'Migrate', scope: { read: ['/srv', '/etc'], write: tenants, exec: ['git'] } },
  steps: [{ statement: 'Rewrite', scope: { read: ['/srv'], write: tenants } }],
};

function compiled({ rules }: Workload): Policy {
  const schema = readFileSync(new URL('../../engine/schema/domain.cedarschema', import.meta.url), 'utf8');
  const result = compile({
    schema: { name: 'schema', text: schema },
    // The domain's agents stand below no task: there the chain is what the grants are.
    policies: [{ name: 'policies', text: rules.map((rule) => policyText({ ...rule, task: '/' })).join('\n') }],
    labels: [{ name: 'labels', text: LABELS.replaceAll('action, resource is File', ON_FILES) }],
    authority: 'none',
  });
  if ('policy' in result) return result.policy;
  throw new Error(result.diagnostics[0]!.message);
}

function prepare(policy: Policy, levels: boolean): (request: Request) => number {
  const key = new IssuerKey(new Uint8Array(32));
  const minted = mintPlan(CHAIN, { key, nowMs: TIME_MS, random: (length) => new Uint8Array(length) });
  if ('refusal' in minted) throw new Error(minted.refusal.message);
  const tokens = [...minted.chain, ...minted.steps].map(({ token }) => token);
  const place = { schema: policy.sources.schema, trust: new TrustSet([key.publicJwk]), session: undefined };
  const authority = levels ? openAuthority(tokens, place, TIME_MS) : undefined;

  const engine = loadEngine(readFileSync(new URL('../../engine/engine.wasm', import.meta.url)));
  const faults = [engine.load(policy.program), ...(authority?.layers ?? []).map((layer) => engine.pushLayer(layer))];
  if ([...faults, engine.setState(STATE_INITIAL)].some((fault) => fault !== 0)) throw new Error('the core refuses');
  const writer = new CborWriter(engine.request);
  const stamp = { authority: authority?.digest ?? AUTHORITY_NONE, timeMs: TIME_MS };
  return (request) => {
    const refusal = writeRequest(writer, request, stamp);
    if (refusal !== undefined) throw new Error(refusal.message);
    return engine.decide(writer.position);
  };
}

/** Nanoseconds for one request. */
function turn(decide: (request: Request) => number, requests: readonly Request[]): number {
  const before = process.hrtime.bigint();
  for (const request of requests) decide(request);
  return Number(process.hrtime.bigint() - before) / requests.length;
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

function main({ policies, requests: count, turns }: typeof FULL): void {
  const workload = drawWorkload(SEED, policies, count);
  const requests = workload.requests.map(({ agent, action, path, resolved }): Request => {
    return {
      principal: { type: 'Agent', id: agent },
      action,
      resource: { type: 'File', id: path },
      context: { resolved },
    };
  });
  const policy = compiled(workload);
  const [none, four] = [prepare(policy, false), prepare(policy, true)];
  const allowed = requests.filter((request) => none(request) === 0);
  const differing = requests.find((request) => none(request) !== four(request));
  if (differing !== undefined) throw new Error(`decided differently: ${JSON.stringify(differing)}`);

  const [bare, layered]: [number[], number[]] = [[], []];
  for (let left = turns; left > 0; left--) {
    bare.push(turn(none, requests));
    layered.push(turn(four, requests));
  }
  const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}, ${process.platform}`;
  process.stdout.write(
    `${machine}\n${policies} policies, ${count} requests of seed ${SEED}, ${allowed.length} of them allowed; ${turns} turns\n\n` +
      `no grants     ${median(bare).toFixed(0).padStart(6)} ns\n` +
      `four levels   ${median(layered).toFixed(0).padStart(6)} ns\n` +
      `ratio         ${(median(layered) / median(bare)).toFixed(2).padStart(6)}\n`,
  );
}

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, help: { type: 'boolean' } } });
if (values.help) process.stdout.write(`${HELP}\n`);
else main(values.quick ? QUICK : FULL);
