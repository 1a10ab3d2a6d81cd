// Template links: a template is a policy only once its slots are filled.
// A link is data, not text; its diagnostics give its place in the list as the line of a file called `links`.

import type { Diagnostic } from './diagnostic.ts';
import type { EntityScope, ParsedPolicy, ScopeEntity, TemplateLink } from './parse.ts';

/** The static policies in their order, then the linked ones in the order of the links. */
export function linkTemplates(policies: ParsedPolicy[], links: TemplateLink[]) {
  const templates = new Map(policies.filter(({ template }) => template).map((policy) => [policy.id, policy]));
  const linked = policies.filter(({ template }) => !template);
  const ids = new Set(policies.map(({ id }) => id));
  const diagnostics: Diagnostic[] = [];
  for (const [index, link] of links.entries()) {
    const problem = linkFault(link, templates.get(link.templateId), ids);
    if (problem) {
      diagnostics.push({ ...problem, file: 'links', line: index + 1, column: 1, sourceLine: JSON.stringify(link) });
      continue;
    }
    const template = templates.get(link.templateId)!;
    ids.add(link.newId);
    linked.push({
      ...template,
      id: link.newId,
      template: false,
      principal: fill(template.principal, link),
      resource: fill(template.resource, link),
    });
  }
  return { policies: linked, diagnostics };
}

function linkFault(link: TemplateLink, template: ParsedPolicy | undefined, ids: Set<string>) {
  const code = 'link';
  if (!template) return fault(code, `link \`${link.newId}\`: there is no template \`${link.templateId}\``);
  if (ids.has(link.newId)) return fault('duplicate-id', `link \`${link.newId}\`: another policy has this id`);
  const slots = [template.principal, template.resource].flatMap(({ equals, ancestor }) => [equals, ancestor]);
  const wanted = slots
    .filter((slot) => typeof slot === 'string')
    .toSorted()
    .join(', ');
  const given = Object.keys(link.values).toSorted().join(', ');
  if (wanted === given) return undefined;
  return fault(code, `link \`${link.newId}\`: the template has the slots ${wanted}, the link fills ${given || 'none'}`);
}

function fault(code: string, message: string): Pick<Diagnostic, 'code' | 'message'> {
  return { code, message };
}

function fill({ type, equals, ancestor }: EntityScope, { values }: TemplateLink): EntityScope {
  const entity = (slot: ScopeEntity) => (typeof slot === 'string' ? values[slot]! : slot);
  return {
    ...(type === undefined ? {} : { type }),
    ...(equals === undefined ? {} : { equals: entity(equals) }),
    ...(ancestor === undefined ? {} : { ancestor: entity(ancestor) }),
  };
}
