// Cedar's own strict validation of a policy set, warnings counted as errors: what can never apply is a mistake.

import { cedar } from './cedar.ts';
import type { Diagnostic, Source } from './diagnostic.ts';
import type { ParsedPolicy, TemplateLink } from './parse.ts';
import { cedarDiagnostics } from './parse.ts';

/** What Cedar finds wrong with the policies of both sets, templates and links included. */
export function validatePolicies(schema: Source, policies: ParsedPolicy[], links: TemplateLink[]): Diagnostic[] {
  const texts = (template: boolean) =>
    Object.fromEntries(policies.filter((policy) => policy.template === template).map(({ id, text }) => [id, text]));
  const answer = cedar().validate({
    schema: schema.text,
    policies: { staticPolicies: texts(false), templates: texts(true), templateLinks: links },
  });
  if (answer.type === 'failure') return cedarDiagnostics('policy-invalid', answer.errors, schema);
  const templateOf = new Map(links.map(({ newId, templateId }) => [newId, templateId]));
  const places = new Map(policies.map((policy) => [policy.id, policy]));
  return [...answer.validationErrors, ...answer.validationWarnings].flatMap(({ policyId, error }) => {
    const { source, start, text } = places.get(templateOf.get(policyId) ?? policyId)!;
    const code = error.severity === 'warning' ? 'policy-warning' : 'policy-invalid';
    const plain = (sentence: string) => sentence.replace(`for policy \`${policyId}\`, `, '');
    const own = { ...error, message: plain(error.message), help: error.help && plain(error.help) };
    return cedarDiagnostics(code, [own], source, start, text);
  });
}
