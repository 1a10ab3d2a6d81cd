// Owns: a schema in the form that programs carry, read once for all that is compiled with it.
// Excludes: what a policy says about the schema; Cedar's validation takes the schema's text for that.

import type { Diagnostic, Source } from './diagnostic.ts';
import { diagnosticAt } from './diagnostic.ts';
import { checkDomain } from './domain.ts';
import { schemaSectionOf } from './program.ts';
import { readModel, type SchemaModel } from './schema.ts';
import { schemaSection, sensitiveIn } from './schema-section.ts';

/**
 * A schema that was read. It is a source too, so that it stands wherever a source of a schema does, and is not read
 * again there.
 */
export interface Schema extends Source {
  /** The schema section of a program (SPEC §8.1). */
  section: Uint8Array;
}

/** The schema that a text states, and the model it was made from; or what is wrong with it. */
export function readSchema(source: Source): { schema: Schema; model: SchemaModel } | { diagnostics: Diagnostic[] } {
  const read = readModel(source);
  if ('diagnostics' in read) return read;
  const { model } = read;
  const diagnostics = checkDomain(model, source);
  const section = schemaSection(model);
  if ('tooMany' in section) {
    const message = `the schema has too many ${section.tooMany}; the engine holds ${section.max}`;
    diagnostics.push(diagnosticAt(source, 0, { code: 'too-large', message }));
  }
  if (diagnostics.length > 0 || 'tooMany' in section) return { diagnostics };
  return { schema: { ...source, section }, model };
}

/** The schema of a program, whose text is `source`: nothing is parsed. Trusts that the program was compiled with it. */
export function schemaOfProgram(program: Uint8Array, source: Source): Schema {
  return { ...source, section: schemaSectionOf(program) };
}

/**
 * Context attributes whose values are redacted when they are recorded, as a program marks them. Trusts that it is one.
 */
export const sensitiveOf = (program: Uint8Array): string[] => sensitiveIn(schemaSectionOf(program));

/** The schema of a source, which is not read again if it is one already. */
export function schemaOf(
  source: Source | Schema,
): { schema: Schema; model?: SchemaModel } | { diagnostics: Diagnostic[] } {
  return 'section' in source ? { schema: source } : readSchema(source);
}
