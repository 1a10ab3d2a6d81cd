// Policy text → policies: names, annotations, scope and conditions, with places. Cedar's parser is the judge of syntax;
// what is added is the order of the text (Cedar sorts), exact integers and the links of templates.

import type { DetailedError, PolicyJson, PolicyToJsonAnswer } from '@cedar-policy/cedar-wasm/nodejs';
import { cedar } from './cedar.ts';
import type { Diagnostic, Source } from './diagnostic.ts';
import { diagnosticAt, indexOfByte } from './diagnostic.ts';
import type { EntityUid, Expression } from './expression.ts';
import { ExpressionReader } from './expression.ts';
import { isBeyondLong, poolIntegers, type PooledText } from './literals.ts';
import { refuseNesting } from './nesting.ts';
import type { Token } from './tokens.ts';
import { tokenize } from './tokens.ts';

/** What fills the slots of a template: Cedar's JSON form of a link. */
export interface TemplateLink {
  templateId: string;
  newId: string;
  values: { '?principal'?: EntityUid; '?resource'?: EntityUid };
}

/** The head of a policy. A slot stands in a template only. */
export type ScopeEntity = EntityUid | '?principal' | '?resource';
export interface EntityScope {
  equals?: ScopeEntity;
  type?: string;
  ancestor?: ScopeEntity;
}

/** The parts of a policy that a program is made from. */
export interface PolicyBody {
  id: string;
  effect: 'permit' | 'forbid';
  principal: EntityScope;
  /** `equals`: one action; `ancestors`: `in` one of them; neither: all. */
  action: { equals?: EntityUid; ancestors?: EntityUid[] };
  resource: EntityScope;
  conditions: { negated: boolean; body: Expression }[];
  /** The file it stands in, if it stands in one. */
  source?: Source;
}

export interface ParsedPolicy extends PolicyBody {
  annotations: Map<string, string>;
  template: boolean;
  source: Source;
  /** The policy's own text and where it starts in `source`, as UTF-16 offset. */
  text: string;
  start: number;
}

type UnnamedPolicy = Omit<ParsedPolicy, 'id'>;

/** Cedar's complaints about one text, as diagnostics; `base` is where that text starts in the source. */
export function cedarDiagnostics(code: string, errors: DetailedError[], source: Source, base = 0, text = source.text) {
  return errors.flatMap((error): Diagnostic[] => {
    const [location] = error.sourceLocations ?? [];
    const offset = base + (location === undefined ? 0 : indexOfByte(text, location.start));
    const expected = location?.label ?? undefined;
    const hint = error.help ?? expected;
    const own = diagnosticAt(source, offset, { code, message: error.message, hint });
    return [own, ...cedarDiagnostics(code, error.related ?? [], source, base, text)];
  });
}

/** The policies of one file, in the order of the text; their names depend on the other files. */
export function parsePolicies(source: Source): { policies: UnnamedPolicy[] } | { diagnostics: Diagnostic[] } {
  const words = tokenize(source.text);
  const deep = refuseNesting(source, words, 'policy');
  if (deep.length > 0) return { diagnostics: deep };
  const pieces = splitPolicies(source.text, words);
  const answers = pieces.map(({ template, pooled }) =>
    template ? cedar().templateToJson(pooled.text) : cedar().policyToJson(pooled.text),
  );
  // Pieces that cover the text and pass one by one make a policy set. Else Cedar judges the text as it is, and says
  // what is wrong.
  const covered = pieces.reduce((count, piece) => count + piece.words.length, 0) === words.length;
  const areJudged = covered && pieces.length > 0 && !words.some(isBeyondLong);
  if (!areJudged || answers.some(({ type }) => type === 'failure')) {
    const parts = cedar().policySetTextToParts(source.text);
    if (parts.type === 'failure') return { diagnostics: cedarDiagnostics('policy-syntax', parts.errors, source) };
  }
  return { policies: pieces.map((piece, index) => policyOf(source, piece, answers[index]!)) };
}

/** One policy's part of a text, with its exact integers. */
interface Piece {
  words: Token[];
  template: boolean;
  pooled: PooledText;
}

/**
 * In the grammar a semicolon ends a policy and stands nowhere else. A piece holds what stands before its first word
 * too, and the last one what stands behind it, so that Cedar sees all of the text.
 */
function splitPolicies(text: string, words: Token[]): Piece[] {
  const ends = [...words.keys()].filter((index) => words[index]!.text === ';').map((index) => index + 1);
  return ends.map((end, index): Piece => {
    const first = ends[index - 1] ?? 0;
    const own = words.slice(first, end);
    const from = first === 0 ? 0 : words[first - 1]!.start + 1;
    const to = end === words.length ? text.length : own.at(-1)!.start + 1;
    const template = own.some(({ kind }) => kind === 'slot');
    return { words: own, template, pooled: poolIntegers(text.slice(from, to), own, from) };
  });
}

function policyOf(source: Source, { words, template, pooled }: Piece, answer: PolicyToJsonAnswer): UnnamedPolicy {
  if (answer.type === 'failure') throw new Error(`BUG(compiler): ${answer.errors[0]?.message}`);
  const start = words[0]!.start;
  const text = source.text.slice(start, words.at(-1)!.start + 1);
  const { json } = answer;
  const annotations = new Map(Object.entries(json.annotations ?? {}).map(([name, value]) => [name, value ?? '']));
  const reader = new ExpressionReader(words, endOfScope(words), pooled.exact);
  return {
    effect: json.effect,
    annotations,
    principal: entityScope(json.principal),
    action: actionScope(json.action),
    resource: entityScope(json.resource),
    conditions: json.conditions.map((clause) => ({
      negated: clause.kind === 'unless',
      body: reader.condition(clause),
    })),
    template,
    source,
    text,
    start,
  };
}

/** The index of the word after the parenthesis that closes `permit(…)`. */
function endOfScope(words: Token[]): number {
  const effect = words.findIndex(
    ({ text, kind }, i) =>
      kind === 'name' &&
      (text === 'permit' || text === 'forbid') &&
      words[i - 1]?.text !== '@' &&
      words[i + 1]?.text === '(',
  );
  let depth = 0;
  for (let i = effect + 1; i < words.length; i++) {
    if (words[i]!.text === '(') depth++;
    if (words[i]!.text === ')' && --depth === 0) return i + 1;
  }
  return words.length;
}

// Cedar answers with plain {type, id}, though its types allow for {__entity} too.
function entityScope(scope: PolicyJson['principal'] | PolicyJson['resource']): EntityScope {
  switch (scope.op) {
    case 'All':
      return {};
    case '==':
      return { equals: scopeEntity(scope) };
    case 'in':
      return { ancestor: scopeEntity(scope) };
    case 'is':
      return { type: scope.entity_type, ...(scope.in ? { ancestor: scopeEntity(scope.in) } : {}) };
  }
}

function actionScope(scope: PolicyJson['action']): ParsedPolicy['action'] {
  switch (scope.op) {
    case 'All':
      return {};
    case '==':
      return { equals: scopeEntity(scope) as EntityUid };
    case 'in':
      return { ancestors: ('entities' in scope ? scope.entities : [scope.entity]) as EntityUid[] };
  }
}

function scopeEntity(scope: { entity: unknown } | { slot: string }): ScopeEntity {
  return ('slot' in scope ? scope.slot : scope.entity) as ScopeEntity;
}
