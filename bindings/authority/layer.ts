// Owns: what a grant says as a layer of the engine (SPEC §11.4): Cedar text that a person can read, and its program.
// Trusts: a parsed scope. Excludes: judging; the engine does that, level by level.

import { createHash } from 'node:crypto';
import { buildLayer, compile, type LayerSubject, type Schema } from '../../engine/compiler/index.ts';
import { PlumblineError } from '../error.ts';
import type { Entry, Ports, ToolLimits } from './entry.ts';
import type { GrantLevel } from './level.ts';
import * as rule from './rule.ts';
import { ruleData, ruleText, type Condition, type Resource, type Rule } from './rule.ts';
import { parseExpect, parseScope, SCOPE_KEYS, type Scope, type ScopeKey } from './scope.ts';

/** The part of a grant that a layer is made from. */
export interface GrantedLayer {
  level: GrantLevel;
  scope: Scope;
  expect?: Scope;
  /** From then on the layer allows nothing; milliseconds since 1970. */
  expiresMs: number;
  /** The grant itself, which the layer's header names. */
  token: string;
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
const ALL_ACTIONS = SCOPE_KEYS.flatMap((key) => ACTIONS[key]);
const DYNAMIC_ACTIONS = [...ACTIONS.exec, ...ACTIONS.tools, ...ACTIONS.models];

/** A grant's layer, with the text that says the same. */
export interface Layer {
  program: Uint8Array;
  text: string;
}

/**
 * What a scope lists under a name it permits; what may not be told from its text waits for approval; and all of it
 * ends.
 */
export function layerText(layer: Omit<GrantedLayer, 'token'>): string {
  const texts = [...rulesOf(layer).map(ruleText), ...forbidsOf(layer), ...expectedOf(layer).map(ruleText)];
  return `${texts.join('\n\n')}\n`;
}

/**
 * The layer's program, whose schema is that of the organisation's policy. Cedar is asked about forbids only, where it
 * is known to take the rest; a grant that it would refuse is refused.
 * @throws {PlumblineError} `grant-unfit` if the schema is without something that the scope speaks of
 */
export function compileLayer(layer: GrantedLayer, schema: Schema): Layer {
  const text = layerText(layer);
  const source = { name: `${layer.level}.cedar`, text };
  const rules = rulesOf(layer);
  const expected = expectedOf(layer);
  const before = rules.map(ruleText).join('\n\n');
  // In the text that holds the forbids alone they stand on the lines they have in the whole.
  const forbidden = forbidsOf(layer).join('\n\n');
  const expectedText = expected.map(ruleText).join('\n\n');
  const forbids = { ...source, text: `${blank(before)}\n\n${forbidden}\n` };
  const beside = { ...source, text: plain(`${before}\n\n${blank(forbidden)}\n\n${expectedText}`) };
  const unfit = fitsEveryLayer(schema) ? undefined : compiledText(beside, schema, nameOf(layer));
  const compiled =
    unfit !== undefined && 'diagnostics' in unfit
      ? unfit
      : buildLayer(
          schema,
          [...rules, ...expected].map(ruleData),
          layer.scope.forbid.length === 0 ? undefined : forbids,
          nameOf(layer),
        );
  if ('program' in compiled) return { program: compiled.program, text };
  const { message, line } = compiled.diagnostics[0]!;
  const sourceLine = text.split('\n')[line - 1]!.trim();
  throw new PlumblineError('grant-unfit', `the ${layer.level}, line ${line} (${sourceLine}): ${message}`, {
    hint: "a grant needs the domain's actions, and its forbids are judged by the policy's schema",
  });
}

/**
 * Cedar takes an id that mixes scripts for a mistake. The name of a directory is what it is, and makes no difference to
 * whether a layer fits a schema.
 */
const plain = (text: string): string => text.replace(/[^\n -~]/gu, '?');

const blank = (text: string): string => text.replace(/[^\n]/g, '');

/** SHA-256 of the domain's schema section, with which a layer of every shape is valid. A test holds it to both. */
export const DOMAIN_SECTION = '240b422d1438412352be4274e8d747b35e9155590ca579d626052adbe7046623';

/** By schema, whether Cedar takes a layer of every shape with it. No name in a layer makes a difference to that. */
const fitting = new WeakMap<Schema, boolean>();

function fitsEveryLayer(schema: Schema): boolean {
  const known = fitting.get(schema);
  if (known !== undefined) return known;
  const digest = createHash('sha256').update(schema.section).digest('hex');
  const shapes = everyShape();
  const source = { name: '', text: layerText(shapes) };
  const fits = digest === DOMAIN_SECTION || 'program' in compiledText(source, schema, nameOf(shapes));
  fitting.set(schema, fits);
  return fits;
}

/** A layer in which everything stands that a layer can say without forbids. */
export function everyShape(): GrantedLayer {
  const endpoints = ['*:*', '*:1', 'a:1-2', '*.a:1', '10.0.0.0/8:1'];
  const members = ['a/b', 'a/*'];
  const limits = { targets: ['a', 'b*'], amountMax: 1 };
  const tools = [...members, { tool: 'a/b', ...limits }];
  const lists = {
    read: ['/a'],
    write: ['/a'],
    exec: ['/a', '/a/', 'a'],
    connect: endpoints,
    listen: endpoints,
    models: members,
  };
  const counting = [
    { tool: 'a/b', count: 1 },
    { tool: 'a/c', ...limits, orAsk: true },
  ];
  const scope = parseScope({ ...lists, tools: [...tools, ...counting] });
  const expected = parseExpect({ ...lists, tools });
  if ('fault' in scope || 'fault' in expected) throw new Error('BUG(bindings): what every layer can say is no scope');
  return { level: 'plan', ...scope, ...expected, expiresMs: 0, token: '' };
}

function compiledText(source: { name: string; text: string }, schema: Schema, subject: LayerSubject) {
  const compiled = compile({ schema, policies: [source], labels: [], authority: 'none' }, subject);
  return 'policy' in compiled ? compiled.policy : compiled;
}

function nameOf({ token, uses }: GrantedLayer): LayerSubject {
  const subject = createHash('sha256').update(token).digest();
  return uses === undefined ? { subject } : { subject, uses };
}

const forbidsOf = ({ level, scope }: Pick<GrantedLayer, 'level' | 'scope'>): string[] =>
  scope.forbid.map((text, index) => `@id("${level}.forbid.${index}")\n${text.trim()}`);

function rulesOf({ level, scope, expiresMs }: Omit<GrantedLayer, 'token'>): Rule[] {
  const forbid = (id: string, actions: readonly string[], when: Condition, resource = rule.ANY): Rule => {
    return { id: `${level}.${id}`, effect: 'forbid', actions, resource, when: [when] };
  };
  const asks = scope.entries.tools.flatMap(({ name, limits }, index): Rule[] => {
    if (limits?.orAsk === undefined) return [];
    const beyond = rule.notAll(limiting(limits));
    return [{ ...forbid(`tools.${index}.ask`, ACTIONS.tools, beyond, rule.equals('Tool', name)), verdict: 'approve' }];
  });
  const dynamic: Rule = { ...forbid('dynamic', DYNAMIC_ACTIONS, rule.fact('dynamic')), verdict: 'approve' };
  const expiry = forbid('expiry', ALL_ACTIONS, rule.isFrom('time', expiresMs));
  return [...permitsIn(level, scope), ...asks, ...(scope.dynamic ? [] : [dynamic]), expiry];
}

const permitsIn = (name: string, scope: Scope): Rule[] =>
  SCOPE_KEYS.flatMap((key) =>
    scope.entries[key].flatMap((entry, index) => permitsOf(`${name}.${key}.${index}`, key, entry)),
  );

const expectedOf = ({ level, expect }: Pick<GrantedLayer, 'level' | 'expect'>): Rule[] =>
  expect === undefined
    ? []
    : permitsIn(`${level}.expect`, expect).map((permit): Rule => ({ ...permit, expected: true }));

function permitsOf(id: string, key: ScopeKey, { kind, name, ports, limits = {} }: Entry): Rule[] {
  const permit = (resource: Resource, when: Condition[] = [], suffix = ''): Rule => {
    return { id: `${id}${suffix}`, effect: 'permit', actions: ACTIONS[key], resource, when };
  };
  switch (kind) {
    case 'path':
      return [permit(rule.inside('Dir', name)), permit(rule.equals('File', name), [], '.itself')];
    case 'file':
      return [permit(rule.equals('File', name))];
    case 'directory':
      return [permit(rule.inside('Dir', name))];
    case 'program':
      return [permit(rule.equals('Program', name))];
    case 'any':
      return [permit(rule.isOf('Endpoint'), within(ports!))];
    case 'host':
      return [permit(rule.inside('Host', name), within(ports!))];
    case 'domain':
      return [permit(rule.inside('Domain', name), [rule.resourceOutside('Host', name), ...within(ports!)])];
    case 'address': {
      const address = [rule.has('address'), rule.isInRange('address', name)];
      return [permit(rule.isOf('Endpoint'), [...address, ...within(ports!)])];
    }
    case 'member': {
      const { count, orAsk } = limits;
      const one = permit(rule.equals(key === 'models' ? 'Model' : 'Tool', name), orAsk ? [] : limiting(limits));
      return [count === undefined ? one : { ...one, count }];
    }
    case 'owner':
      return [permit(rule.inside(key === 'models' ? 'Provider' : 'Server', name))];
  }
}

function limiting({ targets, amountMax }: ToolLimits): Condition[] {
  return [
    ...(targets === undefined ? [] : [rule.has('target'), rule.isLike('target', targets)]),
    ...(amountMax === undefined
      ? []
      : [rule.has('amount'), rule.compares('amount', '>=', 0), rule.compares('amount', '<=', amountMax)]),
  ];
}

function within({ first, last }: Ports): Condition[] {
  if (first === 0 && last === 65_535) return [];
  if (first === last) return [rule.compares('port', '==', first)];
  return [rule.compares('port', '>=', first), rule.compares('port', '<=', last)];
}
