// Owns: the form of Cedar's integration tests: a policy set, a schema, entities, and requests with Cedar's answers.
// https://github.com/cedar-policy/cedar-integration-tests. `shouldValidate` and `validateRequest` are about its
// validator, so they are not read.

import type { Source } from '../../engine/compiler/index.ts';
import { parseExactJson } from '../exact-json.ts';
import { isObject } from '../is-object.ts';
import { unreadable } from './cedar-json.ts';

/** What Cedar answers: the satisfied policies that made the decision, and those that erred; in no order. */
export interface Answer {
  decision: 'allow' | 'deny';
  reasons: string[];
  errors: string[];
}

/** A request in Cedar's JSON, and the answer on it. */
export interface CaseRequest {
  description: string;
  principal: unknown;
  action: unknown;
  resource: unknown;
  context: unknown;
  expected: Answer;
}

export interface Case {
  name: string;
  policies: Source;
  schema: Source;
  entities: unknown[];
  requests: CaseRequest[];
}

/** Reads a file that a case names by its path. */
type ReadFile = (path: string) => string;

/** A case on one line, all of it in the line. @throws {PlumblineError} `not-a-case` */
export function readLine(line: string, place: string): Case {
  const json = parse(line, place);
  const name = textOf(json, 'name');
  return {
    name,
    policies: { name: `${name}.cedar`, text: textOf(json, 'policies') },
    schema: { name: `${name}.cedarschema`, text: textOf(json, 'schema') },
    entities: listOf(json, 'entities'),
    requests: listOf(json, 'requests').map(readRequest),
  };
}

/** A case in a file that names its other files. @throws {PlumblineError} `not-a-case`, and what `readFile` throws */
export function readCaseFile(text: string, name: string, readFile: ReadFile): Case {
  const json = parse(text, name);
  const source = (key: string): Source => ({ name: textOf(json, key), text: readFile(textOf(json, key)) });
  const entities = source('entities');
  const stored = parse(entities.text, entities.name);
  if (!Array.isArray(stored)) throw unreadable(`${entities.name} is not a list of entities`, stored);
  return {
    name,
    policies: source('policies'),
    schema: source('schema'),
    entities: stored,
    requests: listOf(json, 'requests').map(readRequest),
  };
}

function parse(text: string, place: string): unknown {
  try {
    return parseExactJson(text);
  } catch (error) {
    throw unreadable(`${place} is not JSON`, (error as Error).message);
  }
}

function readRequest(json: unknown): CaseRequest {
  if (!isObject(json)) throw unreadable('not a request', json);
  const { principal, action, resource, context = {}, decision } = json;
  if (decision !== 'allow' && decision !== 'deny') throw unreadable('neither allow nor deny', decision);
  return {
    description: json['description'] === undefined ? '' : textOf(json, 'description'),
    principal,
    action,
    resource,
    context,
    expected: { decision, reasons: textsOf(json, 'reason'), errors: textsOf(json, 'errors') },
  };
}

function textOf(json: unknown, key: string): string {
  const text = isObject(json) ? json[key] : undefined;
  if (typeof text !== 'string') throw unreadable(`"${key}" is not text`, text);
  return text;
}

function listOf(json: unknown, key: string): unknown[] {
  const list = isObject(json) ? json[key] : undefined;
  if (!Array.isArray(list)) throw unreadable(`"${key}" is not a list`, list);
  return list;
}

function textsOf(json: unknown, key: string): string[] {
  const list = listOf(json, key);
  if (!list.every((item) => typeof item === 'string')) throw unreadable(`"${key}" is not a list of texts`, list);
  return list;
}
