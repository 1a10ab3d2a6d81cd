// Owns: building a layer of a grant (SPEC §11.4) from policies given as data; of text only what a grant forbids is
// parsed.
// Trusts: that the policies given as data fit the schema. Cedar validates what is text.

import { verdictOf } from './annotations.ts';
import { checkSources } from './check.ts';
import { diagnosticAt, type Diagnostic, type Source } from './diagnostic.ts';
import type { PolicyBody } from './parse.ts';
import { buildProgram, type LayerSubject } from './program.ts';
import type { Schema } from './read-schema.ts';

/**
 * A policy as data. A forbid without a verdict is hard. A permit that is `expected` is of the set `expect` (SPEC §6.7),
 * another may have a count (SPEC §6.8).
 */
export interface Rule extends Omit<PolicyBody, 'source'> {
  verdict?: 'approve';
  expected?: true;
  count?: number;
}

/**
 * The program that the rules and, behind the decision policies among them, the policies of `forbids` compile to as
 * text: the very same bytes.
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
    forbids === undefined
      ? { decisions: [] }
      : checkSources({ schema, policies, labels: [], authority: 'none' }, true, true);
  if ('diagnostics' in checked) return checked;
  const given = (isExpected: boolean) =>
    rules
      .filter(({ expected = false }) => expected === isExpected)
      .map(({ verdict, expected, count, ...policy }) => ({
        policy,
        outcome: {
          verdict: verdictOf(policy.effect, verdict),
          ...(expected === undefined ? {} : { expected }),
          ...(count === undefined ? {} : { count }),
        },
      }));
  const built = buildProgram(schema.section, [...given(false), ...checked.decisions, ...given(true)], 'none', subject);
  if ('program' in built) return built;
  return {
    diagnostics: built.faults.map(({ source, at, ...fault }) => diagnosticAt(source ?? schema, at ?? 0, fault)),
  };
}
