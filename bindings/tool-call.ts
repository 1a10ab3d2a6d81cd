// Owns: a call of a tool as requests (SPEC §11.7): one for each object that it is about, all with the same arguments.
// Trusts: its caller for what the tool does and for what its arguments are about.

import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import { isObject } from './is-object.ts';
import type { Origin } from './origins.ts';
import type { EntityUid, Request, Value } from './request.ts';

const TARGET_KINDS = ['recipient', 'path', 'url', 'account', 'other'] as const;
const EFFECTS = ['reads', 'changes'] as const;
const DIGEST = /^[0-9a-f]{64}$/;

/** What a call is about: a target, an amount or both. */
export interface CallObject {
  /** A recipient, path, URL or account. */
  target?: { kind: (typeof TARGET_KINDS)[number]; text: string };
  /** In the unit that the operator gives the tool. */
  amount?: number | bigint;
}

export interface ToolCall {
  principal: EntityUid;
  action: 'tool.call' | 'mcp.call';
  /** `OWNER/NAME`. */
  tool: string;
  /** As the operator lists tools; one that is not listed changes. */
  effect: (typeof EFFECTS)[number];
  /** A JSON value. */
  arguments: unknown;
  /** What the call does cannot be told from its arguments. */
  dynamic?: boolean;
  objects?: readonly CallObject[];
  ref?: string;
}

/**
 * The requests of a call, without the origins of its targets. Arguments that have no canonical form are left out, and
 * the core refuses such a call.
 */
export function requestsOf(call: ToolCall): Request[] {
  const { principal, action, tool, effect, dynamic = false, objects = [], ref } = call;
  const text = canonicalJson(call.arguments);
  const context = {
    dynamic,
    effect,
    ...(text === undefined ? {} : { arguments: createHash('sha256').update(text).digest('hex') }),
  };
  const resource = { type: 'Tool', id: tool };
  return (objects.length === 0 ? [{}] : objects).map((object) => ({
    principal,
    action,
    resource,
    context: { ...context, ...aimOf(object) },
    ...(ref === undefined ? {} : { ref }),
  }));
}

/** What of the request of a tool's call is not in the form of SPEC §11.7; what is absent is for the core to judge. */
export function faultOf({ context }: Request): string | undefined {
  const { arguments: given, effect, targetKind } = context ?? {};
  if (given !== undefined && !(typeof given === 'string' && DIGEST.test(given)))
    return 'arguments must be a SHA-256 in 64 lower-case hex digits';
  if (effect !== undefined && !EFFECTS.some((one) => one === effect)) return `effect must be ${EFFECTS.join(' or ')}`;
  return targetKind === undefined || TARGET_KINDS.some((one) => one === targetKind)
    ? undefined
    : `targetKind must be one of ${TARGET_KINDS.join(', ')}`;
}

/** The request with what is known of its target's origin in place of what it says of that. */
export function withOrigin(request: Request, originOf: (target: string) => Origin): Request {
  if (!isObject(request.context)) return request;
  const { origin: _, originLabels: __, ...context } = request.context;
  const { target } = context;
  return { ...request, context: typeof target === 'string' ? { ...context, ...originOf(target) } : context };
}

function aimOf({ target, amount }: CallObject): { [name: string]: Value } {
  return {
    ...(target === undefined ? {} : { target: target.text, targetKind: target.kind }),
    ...(amount === undefined ? {} : { amount }),
  };
}
