// Owns: one generated Cedar case put to cedar-wasm and to the reference, and the smallest case that still disagrees.

import { cedarCase, type CedarCase, type CedarRequest, type PolicyText } from './generate/cedar-case.ts';
import { Random } from './generate/random.ts';
import { SCHEMA } from './generate/schema.ts';
import { valueText } from './generate/text.ts';
import { askOracle, entitiesJson, type CedarAnswer } from './oracle.ts';
import { authorize } from './reference/evaluate.ts';
import { Entities } from './reference/hierarchy.ts';
import { parsePolicy } from './reference/policy.ts';
import { actionEntities } from './reference/values-from-json.ts';

/** What answers a case: one answer per request. */
export type Engine = (each: CedarCase) => CedarAnswer[];

const ACTIONS = actionEntities(SCHEMA);

const oracle: Engine = ({ policies, store, requests }) => askOracle(policies, [...ACTIONS, ...store], requests);

export const reference: Engine = ({ policies, store, requests }) => {
  const parsed = policies.flatMap(({ id, text, links }) =>
    links === undefined ? [parsePolicy(id, text)] : links.map((link) => parsePolicy(link.id, text, link.values)),
  );
  const entities = new Entities([...ACTIONS, ...store]);
  return requests.map((request) => {
    const { allow, reasons, errors } = authorize(parsed, { ...request, entities });
    return { allow, reasons: reasons.toSorted(), errors: errors.toSorted() };
  });
};

const disagrees = (engine: Engine, each: CedarCase): boolean =>
  JSON.stringify(engine(each)) !== JSON.stringify(oracle(each));

/** Leaves out what the disagreement does not need. */
function shrink(engine: Engine, failing: CedarCase): CedarCase {
  const smaller = [
    ...failing.requests.map((request): CedarCase => ({ ...failing, requests: [request] })),
    ...failing.policies.map((policy): CedarCase => ({ ...failing, policies: [policy] })),
    ...failing.store.map((_, index): CedarCase => ({ ...failing, store: failing.store.toSpliced(index, 1) })),
  ].filter((each) => JSON.stringify(each, bigintText).length < JSON.stringify(failing, bigintText).length);
  const next = smaller.find((each) => disagrees(engine, each));
  return next === undefined ? failing : shrink(engine, next);
}

const bigintText = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value instanceof Map ? [...value] : value;

const linked = ({ text, links = [] }: PolicyText): string =>
  [text, ...links.map(({ id, values }) => `// link ${id}: ${JSON.stringify(values)}`)].join('\n');
const asked = ({ principal, action, resource, context }: CedarRequest): string =>
  `request ${[principal, action, resource, context].map(valueText).join(', ')}`;

function describe({ policies, store, requests }: CedarCase): string {
  return [...policies.map(linked), JSON.stringify(entitiesJson(store)), ...requests.map(asked)].join('\n');
}

/** A readable report of the first disagreement in `count` cases, or `undefined`; and what the cases exercised. */
export function compareWithOracle(engine: Engine, seed: number, count: number) {
  const seen = { requests: 0, allow: 0, severalReasons: 0, severalErrors: 0 };
  for (let index = 0; index < count; index += 1) {
    const each = cedarCase(new Random(seed + index));
    const answers = oracle(each);
    if (JSON.stringify(engine(each)) !== JSON.stringify(answers)) {
      const small = shrink(engine, each);
      const both = JSON.stringify({ cedar: oracle(small), engine: engine(small) });
      return {
        seen,
        disagreement: `case ${index} of seed ${seed} (alone: seed ${seed + index})\n${describe(small)}\n${both}`,
      };
    }
    for (const { allow, reasons, errors } of answers) {
      seen.requests += 1;
      seen.allow += Number(allow);
      seen.severalReasons += Number(reasons.length > 1);
      seen.severalErrors += Number(errors.length > 1);
    }
  }
  return { seen, disagreement: undefined };
}
