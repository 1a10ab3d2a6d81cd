// Owns: the core as an embedder in process uses it: text in, canonical bytes encoded anew for every decision, label
// policies on, both answers computed.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readDecision } from '../../../bindings/decision.ts';
import { loadEngine } from '../../../bindings/engine.ts';
import { encodeStamp, type Entity, internEntity, type Request, writeRequest } from '../../../bindings/request.ts';
import { CborWriter } from '../../../bindings/cbor-writer.ts';
import { compile } from '../../../engine/compiler/index.ts';
import { LABELS, policyText, SCHEMA_OF_NAMES, SCHEMA_OF_STORE } from '../cedar-text.ts';
import type { Contender, Prepare } from '../contender.ts';
import { know } from '../reference.ts';
import { ACTIONS, type FileRequest, type Workload } from '../workload.ts';

// SPEC §6.5 and §7.
const INITIAL_STATE = Buffer.from('ac00000100020003800480050006800780088009830000000a000b80', 'hex');
const NO_LAYERS = createHash('sha256').update(Uint8Array.of(0x80)).digest();
const TIME_MS = 1_700_000_000_000;

/** The agent's whole chain is in its name. */
export const prepareWithNames: Prepare = (workload) => prepare(workload, SCHEMA_OF_NAMES, requestOf);

/** Agents and actions interned before anything is timed; file names are text as ever. */
export const prepareWithHandles: Prepare = (workload) => {
  const agents = new Map(workload.requests.map(({ agent }) => [agent, internEntity({ type: 'Agent', id: agent })]));
  const actions = new Map(ACTIONS.map((action) => [action, internEntity({ type: 'Action', id: action })]));
  return prepare(workload, SCHEMA_OF_NAMES, (request) => ({
    ...requestOf(request),
    principal: agents.get(request.agent)!,
    action: actions.get(request.action)!,
  }));
};

/** Each request states the agent's chain as entities. */
export const prepareWithStore: Prepare = (workload) =>
  prepare(workload, SCHEMA_OF_STORE, (request) => ({ ...requestOf(request), entities: chainOf(request) }));

const requestOf = ({ agent, action, path, resolved }: FileRequest): Request => ({
  principal: { type: 'Agent', id: agent },
  action,
  resource: { type: 'File', id: path },
  context: { resolved },
});

function chainOf(request: FileRequest): Entity[] {
  const uids = [
    ...know(request)
      .tasks.slice(1)
      .map((id) => ({ type: 'Task', id })),
    { type: 'Agent', id: request.agent },
  ];
  return uids.map((uid, index) => ({ uid, attrs: {}, parents: uids.slice(Math.max(0, index - 1), index) }));
}

function prepare(workload: Workload, schema: string, stated: (request: FileRequest) => Request): Contender {
  const engine = loadEngine(readFileSync(new URL('../../../engine/engine.wasm', import.meta.url)));
  const fault = engine.load(compiledProgram(workload, schema)) || engine.setState(INITIAL_STATE);
  if (fault !== 0) throw new Error(`the core refuses the program: ${fault}`);

  const requests = workload.requests.map(stated);
  const writer = new CborWriter(engine.request);
  const stamp = encodeStamp({ authority: NO_LAYERS, timeMs: TIME_MS });
  const decide = (index: number): number => {
    const refusal = writeRequest(writer, requests[index]!, stamp);
    if (refusal !== undefined) throw new Error(refusal.message);
    return engine.decide(writer.position);
  };
  return {
    decide,
    answer(index) {
      const packed = decide(index);
      const { verdict, cedar } = readDecision(engine.decision(), packed);
      if (cedar === null) throw new Error(`the core did not evaluate request ${index}`);
      return { allow: cedar.decision === 'allow', verdict };
    },
  };
}

function compiledProgram({ rules }: Workload, schema: string): Uint8Array {
  const compiled = compile({
    schema: { name: 'schema', text: schema },
    policies: [{ name: 'policies', text: rules.map(policyText).join('\n') }],
    labels: [{ name: 'labels', text: LABELS }],
    authority: 'none',
  });
  if ('policy' in compiled) return compiled.policy.program;
  throw new Error(compiled.diagnostics.map(({ file, line, message }) => `${file}:${line} ${message}`).join('\n'));
}
