// Owns: asking cedar-wasm. Excludes: integers in entities or contexts that JavaScript numbers cannot carry (text.ts
// refuses them).

import {
  preparsePolicySet,
  statefulIsAuthorized,
  type EntityJson,
  type PolicySet,
} from '@cedar-policy/cedar-wasm/nodejs';
import { type CedarRequest, type PolicyText } from './generate/cedar-case.ts';
import { valueJson } from './generate/text.ts';
import { type StoredEntity } from './reference/hierarchy.ts';

/** Reasons and errors as sets, in the order of their texts. */
export interface CedarAnswer {
  allow: boolean;
  reasons: string[];
  errors: string[];
}

function policySet(policies: PolicyText[]): PolicySet {
  const templates = policies.filter(({ links }) => links !== undefined);
  return {
    staticPolicies: Object.fromEntries(policies.filter(({ links }) => !links).map(({ id, text }) => [id, text])),
    templates: Object.fromEntries(templates.map(({ id, text }) => [id, text])),
    templateLinks: templates.flatMap(({ id: templateId, links }) =>
      links!.map(({ id: newId, values }) => ({
        templateId,
        newId,
        values: Object.fromEntries(Object.entries(values).map(([slot, { type, id }]) => [slot, { type, id }])),
      })),
    ),
  };
}

export const entitiesJson = (store: StoredEntity[]): EntityJson[] =>
  store.map(({ uid, parents, attributes, tags }) => ({
    uid: { type: uid.type, id: uid.id },
    parents: parents.map(({ type, id }) => ({ type, id })),
    attrs: valueJson(attributes) as EntityJson['attrs'],
    tags: valueJson(tags) as EntityJson['attrs'],
  }));

/**
 * Cedar's answers. `store` holds the actions too: no schema is given, so that nothing is refused before it is
 * evaluated. Throws with Cedar's messages if something does not parse.
 */
export function askOracle(policies: PolicyText[], store: StoredEntity[], requests: CedarRequest[]): CedarAnswer[] {
  const parsed = preparsePolicySet('case', policySet(policies));
  if (parsed.type === 'failure') throw new SyntaxError(parsed.errors.map(({ message }) => message).join('; '));
  const entities = entitiesJson(store);
  return requests.map(({ principal, action, resource, context }) => {
    const answer = statefulIsAuthorized({
      principal: { type: principal.type, id: principal.id },
      action: { type: action.type, id: action.id },
      resource: { type: resource.type, id: resource.id },
      context: valueJson(context) as EntityJson['attrs'],
      preparsedPolicySetId: 'case',
      entities,
    });
    if (answer.type === 'failure') throw new SyntaxError(answer.errors.map(({ message }) => message).join('; '));
    const { decision, diagnostics } = answer.response;
    return {
      allow: decision === 'allow',
      reasons: diagnostics.reason.toSorted(),
      errors: diagnostics.errors.map(({ policyId }) => policyId).toSorted(),
    };
  });
}
