// Owns: what a grant says as a layer of the engine (SPEC §11.4): Cedar text that a person can read, and its program.
// Trusts: a parsed scope. Excludes: judging; the engine does that, level by level.

import { createHash } from 'node:crypto';
import { compile, type LayerSubject, type Policy, type PolicySources } from '../../engine/compiler/index.ts';
import { PlumblineError } from '../error.ts';
import type { Entry, Ports } from './entry.ts';
import type { GrantLevel } from './level.ts';
import { SCOPE_KEYS, type Scope, type ScopeKey } from './scope.ts';

/** The part of a grant that a layer is made from. */
export interface GrantedLayer {
  level: GrantLevel;
  scope: Scope;
  /** From then on the layer allows nothing; milliseconds since 1970. */
  expiresMs: number;
  /** The grant itself, for the layer's header to name; a layer that is only looked at has none. */
  token?: string;
  uses?: number;
}

/** The actions that each list of a scope permits. */
export const ACTIONS: Record<ScopeKey, readonly string[]> = {
  read: ['file.read'],
  write: ['file.write', 'file.create', 'file.delete', 'file.rename'],
  exec: ['process.exec'],
  connect: ['net.connect', 'http.request'],
  listen: ['net.listen'],
  tools: ['tool.call', 'mcp.call'],
  models: ['llm.invoke'],
};
const DYNAMIC_ACTIONS = [...ACTIONS.exec, ...ACTIONS.tools, ...ACTIONS.models];

/** What a scope lists under a name it permits; what may not be told from its text waits for approval; and all of it ends. */
export function layerText({ level, scope, expiresMs }: GrantedLayer): string {
  const permits = SCOPE_KEYS.flatMap((key) =>
    scope.entries[key].flatMap((entry, index) => permitsOf(`${level}.${key}.${index}`, key, entry)),
  );
  const dynamic = `@id("${level}.dynamic")\n@verdict("approve")\nforbid (principal, ${actionIn(DYNAMIC_ACTIONS)}, resource) when { context.dynamic };`;
  const all = actionIn(SCOPE_KEYS.flatMap((key) => ACTIONS[key]));
  const end = new Date(expiresMs).toISOString();
  const expiry = `@id("${level}.expiry")\nforbid (principal, ${all}, resource) when { context.time >= datetime("${end}") };`;
  const forbids = scope.forbid.map((text, index) => `@id("${level}.forbid.${index}")\n${text.trim()}`);
  return [...permits, ...(scope.dynamic ? [] : [dynamic]), expiry, ...forbids].join('\n\n') + '\n';
}

/**
 * The layer's program, whose schema is that of the organisation's policy.
 * @throws {PlumblineError} `grant-unfit` if the schema is without something that the scope speaks of
 */
export function compileLayer(layer: GrantedLayer, schema: PolicySources['schema']): Policy {
  const source = { name: `${layer.level}.cedar`, text: layerText(layer) };
  const compiled = compile({ schema, policies: [source], labels: [], authority: 'none' }, nameOf(layer));
  if ('policy' in compiled) return compiled.policy;
  const { message, line, sourceLine } = compiled.diagnostics[0]!;
  throw new PlumblineError('grant-unfit', `the ${layer.level}, line ${line} (${sourceLine.trim()}): ${message}`, {
    hint: "a grant needs the domain's actions, and its forbids are judged by the policy's schema",
  });
}

function nameOf({ token, uses }: GrantedLayer): LayerSubject | undefined {
  if (token === undefined) return undefined;
  const subject = createHash('sha256').update(token).digest();
  return uses === undefined ? { subject } : { subject, uses };
}

function permitsOf(id: string, key: ScopeKey, { kind, name, ports }: Entry): string[] {
  const permit = (resource: string, when: string[] = [], suffix = ''): string => {
    const condition = when.length === 0 ? '' : ` when { ${when.join(' && ')} }`;
    return `@id("${id}${suffix}")\npermit (principal, ${actionIn(ACTIONS[key])}, resource${resource})${condition};`;
  };
  const text = cedarText(name);
  switch (kind) {
    case 'path':
      return [permit(` in Dir::${text}`), permit(` == File::${text}`, [], '.itself')];
    case 'file':
      return [permit(` == File::${text}`)];
    case 'directory':
      return [permit(` in Dir::${text}`)];
    case 'program':
      return [permit(` == Program::${text}`)];
    case 'any':
      return [permit(' is Endpoint', within(ports!))];
    case 'host':
      return [permit(` in Host::${text}`, within(ports!))];
    case 'domain':
      return [permit(` in Domain::${text}`, [`!(resource in Host::${text})`, ...within(ports!)])];
    case 'address':
      return [
        permit(' is Endpoint', ['context has address', `context.address.isInRange(ip(${text}))`, ...within(ports!)]),
      ];
    case 'member':
      return [permit(` == ${key === 'models' ? 'Model' : 'Tool'}::${text}`)];
    case 'owner':
      return [permit(` in ${key === 'models' ? 'Provider' : 'Server'}::${text}`)];
  }
}

function within({ first, last }: Ports): string[] {
  if (first === 0 && last === 65_535) return [];
  return first === last ? [`context.port == ${first}`] : [`context.port >= ${first}`, `context.port <= ${last}`];
}

const actionIn = (actions: readonly string[]): string =>
  actions.length === 1
    ? `action == Action::"${actions[0]}"`
    : `action in [${actions.map((action) => `Action::"${action}"`).join(', ')}]`;

/** A Cedar string. Names of a scope have characters that show only. */
const cedarText = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
