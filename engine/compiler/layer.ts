// Owns: building a layer of a grant (SPEC §11.4) from policies given as data; of text only what a grant forbids is
// parsed.
// Trusts: that the policies given as data fit the schema. Cedar validates what is text.

import { verdictOf } from './annotations.ts';
import { checkSources } from './check.ts';
import { diagnosticAt, type Diagnostic, type Source } from './diagnostic.ts';
import type { PolicyBody } from './parse.ts';
import { buildProgram, type LayerSubject } from './program.ts';
import type { Schema } from './read-schema.ts';

/** A decision policy as data. A forbid without a verdict is hard. */
export interface Rule extends Omit<PolicyBody, 'source'> {
  verdict?: 'approve';
}

/**
 * The program that the rules and, behind them, the policies of `forbids` compile to as text: the very same bytes.
 * @throws {TypeError | RangeError} as `compile`
 */
export function buildLayer(
  schema: Schema,
  rules: readonly Rule[],
  forbids: Source | undefined,
  subject?: LayerSubject,
): { program: Uint8Array } | { diagnostics: Diagnostic[] } {
  const policies = forbids === undefined ? [] : [forbids];
  const checked =
    forbids === undefined ? { decisions: [] } : checkSources({ schema, policies, labels: [], authority: 'none' }, true);
  if ('diagnostics' in checked) return checked;
  const given = rules.map((policy) => ({ policy, outcome: { verdict: verdictOf(policy.effect, policy.verdict) } }));
  const built = buildProgram(schema.section, [...given, ...checked.decisions], 'none', subject);
  if ('program' in built) return built;
  return {
    diagnostics: built.faults.map(({ source, at, ...fault }) => diagnosticAt(source ?? schema, at ?? 0, fault)),
  };
}
