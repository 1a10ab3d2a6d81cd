// Core and reference against Cedar's own conformance cases: the reference may judge the core only if it is right
// itself.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ring } from '../ring.ts';
import { describeShared } from '../shared.ts';
import { cedarAnswerOf } from './core-answer.ts';
import { compileProgram, loadCore, loadPrograms } from './core.ts';
import { authorize } from './reference/evaluate.ts';
import { Entities } from './reference/hierarchy.ts';
import { parseJson, type Json } from './reference/json.ts';
import { parsePolicy, splitPolicies } from './reference/policy.ts';
import { parseSchema } from './reference/schema.ts';
import { INITIAL_STATE, stateBytes } from './reference/state.ts';
import { identity, type Entity } from './reference/value.ts';
import { actionEntities, entityFrom, recordFrom, storeFrom } from './reference/values-from-json.ts';

interface Case {
  policies: string;
  schema: string;
  entities: Json;
  requests: {
    principal: Json;
    action: Json;
    resource: Json;
    context: Json;
    decision: string;
    reason: string[];
    errors: string[];
  }[];
}

const core = loadCore();

/** The requests to which the reference or the core answers differently than the case says. */
function disagreements({ policies: text, schema: schemaText, entities: entitiesJson, requests }: Case): string[] {
  const schema = parseSchema(schemaText);
  const policies = splitPolicies(text).map((policy, index) => parsePolicy(`policy${index}`, policy));
  const store = storeFrom(entitiesJson, schema);
  const entities = new Entities([...actionEntities(schema), ...store]);
  loadPrograms(core, [compileProgram({ schema: schemaText, labels: [], policies: [text], authorityRequired: false })]);
  core.setState(stateBytes(INITIAL_STATE));
  return requests.flatMap((each, index) => {
    const [principal, action, resource] = [each.principal, each.action, each.resource].map(entityFrom) as [
      Entity,
      Entity,
      Entity,
    ];
    const context = recordFrom(each.context, schema.actions.get(identity(action))?.context);
    const request = { principal, action, resource, context };
    const { allow, reasons, errors } = authorize(policies, { ...request, entities });
    const answers = {
      reference: { allow, reasons: reasons.toSorted(), errors: errors.toSorted() },
      core: cedarAnswerOf(core, request, store),
    };
    const expected = {
      allow: each.decision === 'allow',
      reasons: each.reason.toSorted(),
      errors: each.errors.toSorted(),
    };
    return Object.entries(answers).flatMap(([who, answer]) => {
      if (JSON.stringify(answer) === JSON.stringify(expected)) return [];
      return [`request ${index}: ${who} ${JSON.stringify(answer)} instead of ${JSON.stringify(expected)}`];
    });
  });
}

describeShared('Cedar corpus', 'cedar/corpus-sample.jsonl', (path) => {
  const cases = readFileSync(path, 'utf8').trimEnd().split('\n').map(parseJson) as unknown as (Case & {
    name: string;
  })[];
  const tried = ring === 'first' ? cases.filter((_, index) => index % 8 === 0) : cases;
  const requests = cases.flatMap((each) => each.requests).length;
  test(`${tried.length} of ${cases.length} cases, with ${requests} requests`, () => {
    expect([cases.length, requests]).toEqual([1_500, 12_000]);
    expect(tried.flatMap((each) => disagreements(each).map((text) => `${each.name}: ${text}`))).toEqual([]);
  });
});

describeShared('Cedar handwritten cases', 'cedar/tests', (path) => {
  const root = join(path, '..');
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'));
  const cases = files.map((file) => {
    const json = parseJson(read(join('tests', file))) as unknown as Record<'policies' | 'schema' | 'entities', string> &
      Pick<Case, 'requests'>;
    return {
      file,
      ...json,
      policies: read(json.policies),
      schema: read(json.schema),
      entities: parseJson(read(json.entities)),
    };
  });
  test('22 cases, 74 requests', () => {
    expect(cases).toHaveLength(22);
    expect(cases.flatMap((each) => each.requests)).toHaveLength(74);
    expect(cases.flatMap((each) => disagreements(each).map((text) => `${each.file}: ${text}`))).toEqual([]);
  });
});
