// Sources → checked policies and schema: everything that can be wrong with them, found before anything is compiled.

import type { Attachment, Outcome } from './annotations.ts';
import { annotationPlace, attachmentOf, outcomeOf } from './annotations.ts';
import type { Diagnostic, Source } from './diagnostic.ts';
import { diagnosticAt } from './diagnostic.ts';
import { linkTemplates } from './links.ts';
import type { ParsedPolicy, TemplateLink } from './parse.ts';
import { parsePolicies } from './parse.ts';
import { schemaOf, type Schema } from './read-schema.ts';
import type { SchemaModel } from './schema.ts';
import { validatePolicies } from './validate.ts';

/** All a program is made from. `authority` has no default: whether a grant is needed is the operator's decision. */
export interface PolicySources {
  schema: Source | Schema;
  /** Decision policies; files in this order. */
  policies: Source[];
  labels: Source[];
  /** Links of templates that stand in `policies`. */
  links?: TemplateLink[];
  authority: 'none' | 'required';
}

export interface LabelPolicy {
  policy: ParsedPolicy;
  attachment: Attachment;
}

export interface DecisionPolicy {
  policy: ParsedPolicy;
  outcome: Outcome;
}

/** `decisions` holds what links made of templates; `unlinked` are the templates that no link names. */
export interface CheckedSources {
  schema: Schema;
  /** What the schema was made from, unless it had been read before. */
  model?: SchemaModel;
  labels: LabelPolicy[];
  decisions: DecisionPolicy[];
  unlinked: ParsedPolicy[];
}

/**
 * @param strict with Cedar's validation and names taken from `@id`; without, Cedar's own names
 * @param isLayer the policies are those of a layer
 */
export function checkSources(
  sources: PolicySources,
  strict: boolean,
  isLayer: boolean,
): CheckedSources | { diagnostics: Diagnostic[] } {
  if (sources.authority !== 'none' && sources.authority !== 'required') {
    throw new TypeError('authority must be "none" or "required"');
  }
  const links = sources.links ?? [];
  const read = schemaOf(sources.schema);
  const parsedDecisions = parseSet(sources.policies, 'policy', strict);
  const parsedLabels = parseSet(sources.labels, 'label', strict);
  if ('diagnostics' in read || 'diagnostics' in parsedDecisions || 'diagnostics' in parsedLabels) {
    const unread = [read, parsedDecisions, parsedLabels];
    return { diagnostics: unread.flatMap((part) => ('diagnostics' in part ? part.diagnostics : [])) };
  }

  const linked = linkTemplates(parsedDecisions.policies, links);
  const diagnostics = [...linked.diagnostics, ...checkIds([...parsedLabels.policies, ...parsedDecisions.policies])];
  const collect = <T extends object>(result: T | { diagnostics: Diagnostic[] }): T[] => {
    if (!('diagnostics' in result)) return [result];
    diagnostics.push(...result.diagnostics);
    return [];
  };
  for (const { template, source, start } of parsedLabels.policies) {
    if (!template) continue;
    const message = 'a label policy cannot be a template: links make decision policies only';
    diagnostics.push(diagnosticAt(source, start, { code: 'label-template', message }));
  }
  const labels = parsedLabels.policies.flatMap((policy) =>
    collect(attachmentOf(policy)).map((attachment) => ({ policy, attachment })),
  );
  const linkedIds = new Set(links.map(({ templateId }) => templateId));
  const unlinked = parsedDecisions.policies.filter(({ template, id }) => template && !linkedIds.has(id));
  for (const template of unlinked) collect(outcomeOf(template, isLayer));
  const decisions = linked.policies.flatMap((policy) =>
    collect(outcomeOf(policy, isLayer)).map((outcome) => ({ policy, outcome })),
  );
  if (strict && diagnostics.length === 0) {
    diagnostics.push(
      ...validatePolicies(sources.schema, [...parsedLabels.policies, ...parsedDecisions.policies], links),
    );
  }
  return diagnostics.length > 0 ? { diagnostics } : { ...read, labels, decisions, unlinked };
}

/** The policies of the files of one set, named. */
function parseSet(files: Source[], prefix: string, strict: boolean) {
  const parsed = files.map(parsePolicies);
  const diagnostics = parsed.flatMap((file) => ('diagnostics' in file ? file.diagnostics : []));
  if (diagnostics.length > 0) return { diagnostics };
  const unnamed = parsed.flatMap((file) => ('policies' in file ? file.policies : []));
  return {
    policies: unnamed.map((policy, index): ParsedPolicy => {
      return { ...policy, id: (strict ? policy.annotations.get('id') : undefined) ?? `${prefix}${index}` };
    }),
  };
}

function checkIds(policies: ParsedPolicy[]): Diagnostic[] {
  const first = new Map<string, ParsedPolicy>();
  return policies.flatMap((policy) => {
    const known = first.get(policy.id);
    first.set(policy.id, known ?? policy);
    if (policy.id !== '' && !known) return [];
    const at = annotationPlace(policy, policy.annotations.has('id') ? 'id' : undefined);
    if (!known) return [diagnosticAt(policy.source, at, { code: 'empty-id', message: 'a policy needs a name' })];
    const { file, line } = diagnosticAt(known.source, known.start, { code: '', message: '' });
    const message = `another policy is named \`${policy.id}\``;
    return [
      diagnosticAt(policy.source, at, { code: 'duplicate-id', message, hint: `the other is at ${file}:${line}` }),
    ];
  });
}
