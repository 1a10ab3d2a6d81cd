// The compiler: Cedar policies and schema → a program for the engine, or what is wrong with them and where. Pure; it
// reads no file. It is never on a decision path: it runs when a policy is written, its output is trusted by digest.

import type { PolicySources } from './check.ts';
import { checkSources } from './check.ts';
import type { Diagnostic } from './diagnostic.ts';
import { diagnosticAt } from './diagnostic.ts';
import { buildProgram, type LayerSubject } from './program.ts';
import type { Schema } from './read-schema.ts';

export type { PolicySources } from './check.ts';
export type { Diagnostic, Source } from './diagnostic.ts';
export type { Expression } from './expression.ts';
export { parseExtension } from './extension.ts';
export { buildLayer, type Rule } from './layer.ts';
export { lint } from './lint.ts';
export { formatSource } from './source-format.ts';
export type { TemplateLink } from './parse.ts';
export type { LayerSubject } from './program.ts';
export { readSchema, schemaOfProgram, sensitiveOf, type Schema } from './read-schema.ts';

/** A compiled policy with what it was compiled from. */
export interface Policy {
  program: Uint8Array;
  sources: PolicySources & { schema: Schema };
}

export type Compiled = { policy: Policy } | { diagnostics: Diagnostic[] };

/**
 * Compiles sources that pass Cedar's strict validation and the rules of SPEC §§4–6. A policy is named by its `@id`,
 * else `policyN` (`labelN` in the label set), N counting from 0 in the order of the text.
 * @param layer the grant it is a layer of; a layer has no labels, and never requires authority itself
 * @throws {TypeError | RangeError} on a subject or a number of uses that is none
 */
export function compile(sources: PolicySources, layer?: LayerSubject): Compiled {
  return compileSources(sources, true, layer);
}

/**
 * The same without Cedar's validation and with Cedar's own names, in which `@id` has no influence. For conformance and
 * differential tests only: what does not validate errs at run time in ways that validation exists to exclude.
 */
export function compileUnvalidated(sources: PolicySources, layer?: LayerSubject): Compiled {
  return compileSources(sources, false, layer);
}

function compileSources(sources: PolicySources, strict: boolean, layer: LayerSubject | undefined): Compiled {
  if (layer !== undefined && (sources.labels.length > 0 || sources.authority !== 'none')) {
    throw new TypeError('a layer has no labels and requires no authority');
  }
  const checked = checkSources(sources, strict, layer !== undefined);
  if ('diagnostics' in checked) return checked;
  const { schema, labels, decisions } = checked;
  const isExpected = ({ outcome }: (typeof decisions)[number]) => outcome.expected === true;
  const ordered = [...decisions.filter((each) => !isExpected(each)), ...decisions.filter(isExpected)];
  const built = buildProgram(schema.section, [...labels, ...ordered], sources.authority, layer);
  if ('program' in built) {
    return { policy: { program: built.program, sources: { ...sources, schema } } };
  }
  return {
    diagnostics: built.faults.map(({ source, at, ...fault }) =>
      diagnosticAt(source ?? sources.policies[0] ?? sources.schema, at ?? 0, fault),
    ),
  };
}
