// Owns: what a scope alone allows, asked of the core: an organisation that permits everything, and one layer above it.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { compileLayer } from '../../bindings/authority/layer.ts';
import { parseScope, type Scope, type ScopeJson } from '../../bindings/authority/scope.ts';
import { encodeRequest, type Request, type Value } from '../../bindings/request.ts';
import { loadEngine, STATE_INITIAL } from '../../bindings/engine.ts';
import { compile, readSchema, type Schema } from '../../engine/compiler/index.ts';

const read = (path: string): Buffer => readFileSync(new URL(`../../${path}`, import.meta.url));

export const SCHEMA = schemaOf(read('engine/schema/domain.cedarschema').toString());
export const NOW_MS = 1_700_000_000_000;
export const EXPIRES_MS = NOW_MS + 3_600_000;

export const PERMIT_ALL = compile({
  schema: SCHEMA,
  policies: [{ name: 'policy.cedar', text: '@id("all") permit (principal, action, resource);' }],
  labels: [],
  authority: 'required',
});

export function schemaOf(text: string): Schema {
  const result = readSchema({ name: 'schema.cedarschema', text });
  if ('schema' in result) return result.schema;
  throw new Error(JSON.stringify(result.diagnostics));
}

export function scopeOf(json: ScopeJson): Scope {
  const parsed = parseScope(json);
  if ('fault' in parsed) throw new Error(parsed.fault);
  return parsed.scope;
}

const engine = loadEngine(read('engine/engine.wasm'));

/** Whether the layer of a plan with this scope allows a request, at `timeMs`. */
export function judge(scope: Scope): (request: Request, timeMs?: number) => boolean {
  if (!('policy' in PERMIT_ALL)) throw new Error(JSON.stringify(PERMIT_ALL.diagnostics));
  const { program } = compileLayer({ level: 'plan', scope, expiresMs: EXPIRES_MS, token: 'plan' }, SCHEMA);
  const layer = createHash('sha256').update(program).digest();
  // The canonical CBOR of an array of one byte string of 32.
  const authority = createHash('sha256')
    .update(Uint8Array.of(0x81, 0x58, 32, ...layer))
    .digest();
  const policy = PERMIT_ALL.policy.program;
  return (request, timeMs = NOW_MS) => {
    const faults = [engine.load(policy), engine.pushLayer(program), engine.setState(STATE_INITIAL)];
    const bytes = encodeRequest(request, { authority, timeMs });
    if (faults.some((fault) => fault !== 0) || !(bytes instanceof Uint8Array)) throw new Error(JSON.stringify(bytes));
    engine.request.set(bytes);
    const packed = engine.decide(bytes.length);
    const code = packed >>> 8;
    // Anything but permitted, constrained, forbidden and no-permit is a fault of the test.
    if (![0, 1, 2, 4].includes(code)) throw new Error(`code ${code}: ${JSON.stringify(request)}`);
    return packed === 0;
  };
}

const request = (action: string, type: string, id: string, context: Record<string, Value>): Request => ({
  principal: { type: 'Agent', id: 'a' },
  action,
  resource: { type, id },
  context,
});

export const file = (action: string, id: string, type = 'File'): Request =>
  request(action, type, id, { resolved: true });

export const exec = (id: string, dynamic = false): Request =>
  request('process.exec', id.startsWith('/') ? 'File' : 'Program', id, { resolved: true, dynamic, program: 'x' });

export const net = (action: string, id: string, address?: string): Request =>
  request(action, 'Endpoint', id, {
    ...(action === 'http.request' ? { method: 'GET', tls: true } : { protocol: 'tcp' }),
    ...(address === undefined ? {} : { address: { __extn: { fn: 'ip', arg: address } } }),
  });

export const call = (action: string, id: string, dynamic = false, object: Record<string, Value> = {}): Request =>
  action === 'llm.invoke'
    ? request(action, 'Model', id, { dynamic })
    : request(action, 'Tool', id, { dynamic, effect: 'changes', arguments: '0'.repeat(64), ...object });
