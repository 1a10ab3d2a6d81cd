// Sources for the compiler's tests: the domain schema, or a small one, around the policy text of a case.

import { readFileSync } from 'node:fs';
import type { PolicySources } from '../../engine/compiler/index.ts';
import { compile } from '../../engine/compiler/index.ts';

const DOMAIN = readFileSync(new URL('../../engine/schema/domain.cedarschema', import.meta.url), 'utf8');

/** `schema` is the domain's unless given. */
export function sourcesOf({
  policies = '',
  labels = '',
  schema = DOMAIN,
  links = [],
}: Partial<Texts> = {}): PolicySources {
  return {
    schema: { name: 'schema.cedarschema', text: schema },
    policies: [{ name: 'policy.cedar', text: policies }],
    labels: [{ name: 'labels.cedar', text: labels }],
    links,
    authority: 'none',
  };
}

interface Texts {
  policies: string;
  labels: string;
  schema: string;
  links: NonNullable<PolicySources['links']>;
}

/** The program of sources that must compile. */
export function programOf(sources: PolicySources): Uint8Array {
  const compiled = compile(sources);
  if ('policy' in compiled) return compiled.policy.program;
  throw new Error(JSON.stringify(compiled.diagnostics, null, 2));
}
