// Owns: the form of a case of `plumb policy test`, and reading it. What its requests say is judged when they are
// decided.

import { isObject } from '../../is-object.ts';
import { CODES, VERDICTS } from '../../codes.ts';
import type { Decision } from '../../decision.ts';
import { parseExactJson } from '../../exact-json.ts';
import type { Request } from '../../request.ts';

/** The fields of a decision that a case can expect. Digests and counters are no policy's to decide. */
export const EXPECTED_FIELDS = [
  'verdict',
  'code',
  'level',
  'constraints',
  'determining',
  'errors',
  'labels',
  'clearances',
] as const;

export type Expectation = Partial<Pick<Decision, (typeof EXPECTED_FIELDS)[number]>>;

export interface Case {
  description?: string;
  /** What the clock shows throughout, in milliseconds since 1970. */
  timeMs: number;
  requests: (Request | Request[])[];
  /** One for each request. */
  expect: Expectation[];
}

interface Problem {
  problem: string;
}

const CASE_FIELDS = ['description', 'timeMs', 'requests', 'expect'];
const CONSTRAINT_FIELDS = ['verdict', 'policy', 'argument'];
const TEXT_LISTS = ['determining', 'errors', 'labels', 'clearances'] as const;

export const isProblem = (value: object): value is Problem => 'problem' in value;

/** The case in a file's text, or what is wrong with it. */
export function parseCase(text: string): Case | Problem {
  let json: unknown;
  try {
    json = parseExactJson(text);
  } catch (error) {
    return { problem: (error as Error).message };
  }
  const problem = problemOf(json);
  return problem === undefined ? { timeMs: 0, ...(json as Omit<Case, 'timeMs'>) } : { problem };
}

function problemOf(json: unknown): string | undefined {
  if (!isObject(json)) return 'it is not an object';
  const unknown = Object.keys(json).find((key) => !CASE_FIELDS.includes(key));
  if (unknown !== undefined) return `${JSON.stringify(unknown)} is unknown; a case has ${CASE_FIELDS.join(', ')}`;
  const { description, timeMs, requests, expect } = json;
  if (description !== undefined && typeof description !== 'string') return '"description" must be text';
  if (timeMs !== undefined && !Number.isSafeInteger(timeMs)) return '"timeMs" must be an integer';
  if (!Array.isArray(requests) || requests.length === 0) return '"requests" must be a list of requests';
  if (!Array.isArray(expect) || expect.length !== requests.length)
    return '"expect" must have one entry for each request';
  for (const [index, expectation] of expect.entries()) {
    const problem = expectationProblem(expectation);
    if (problem !== undefined) return `"expect"[${index}]: ${problem}`;
  }
  return undefined;
}

function expectationProblem(expectation: unknown): string | undefined {
  if (!isObject(expectation)) return 'it is not an object';
  const unknown = Object.keys(expectation).find((key) => !(EXPECTED_FIELDS as readonly string[]).includes(key));
  if (unknown !== undefined) return `${JSON.stringify(unknown)} is unknown; there are ${EXPECTED_FIELDS.join(', ')}`;
  const { verdict, code, level, constraints } = expectation;
  if (!(VERDICTS as readonly unknown[]).includes(verdict)) return `"verdict" must be one of ${VERDICTS.join(', ')}`;
  if (code !== undefined && !(CODES as readonly unknown[]).includes(code)) return '"code" must be one of SPEC §5.1';
  if (level !== undefined && level !== null && !Number.isSafeInteger(level))
    return '"level" must be an integer or null';
  if (constraints !== undefined && !(Array.isArray(constraints) && constraints.every(isConstraint))) {
    return `"constraints" must be a list of {${CONSTRAINT_FIELDS.join(', ')}}`;
  }
  const other = TEXT_LISTS.find((name) => expectation[name] !== undefined && !isTextList(expectation[name]));
  return other === undefined ? undefined : `"${other}" must be a list of texts`;
}

const isTextList = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === 'string');

const isConstraint = (value: unknown): boolean =>
  isObject(value) &&
  Object.keys(value).toSorted().join() === CONSTRAINT_FIELDS.toSorted().join() &&
  Object.values(value).every((item) => item === null || typeof item === 'string');
