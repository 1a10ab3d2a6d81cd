// Owns: the mediator's socket (SPEC §11.6): a unix socket over which adapters in the guarded tree ask for decisions,
// and for the nonces of the calls they mediate.
// Trusts: no process. A process that reaches it gets what the session would decide for it anyway, recorded; it does not
// choose its principal.
// Excludes: deciding; lines and sockets (line-channel.ts).

import { keyOf } from './authority/action.ts';
import { isObject } from './is-object.ts';
import { PlumblineError } from './error.ts';
import { serveLines, type Channel } from './line-channel.ts';
import { parseWholeJson, wholeRequest } from './request-json.ts';
import { isRefusal, type EntityUid, type Request } from './request.ts';
import { faultOf } from './tool-call.ts';

/** What is asked: a decision; or, with a statement, a decision on the call that the requests are, and its nonce. */
export interface Asking {
  requests: Request[];
  statement?: string;
}

/**
 * Answers with what is written as JSON: `{ decision }`, or `{ decision, nonce }`. What it throws is answered; a
 * PlumblineError by its code.
 */
type MediatorHandler = (asking: Asking) => Promise<object>;

/**
 * Serves a mediator's socket until closed. All requests are `principal`'s.
 * @throws {PlumblineError} `mediator-exposed` if others can get at the socket's directory, `mediator-unusable`
 */
export const serveMediator = (path: string, principal: EntityUid, handle: MediatorHandler): Promise<Channel> =>
  serveLines('mediator', path, (line) => handle(readAsking(line, principal)));

function readAsking(line: string, principal: EntityUid): Asking {
  const read = parseWholeJson(line);
  if ('refusal' in read) throw malformed(read.refusal.message);
  if (!isObject(read.value)) throw malformed('a line is an object with requests');
  const { requests, statement, ...rest } = read.value;
  if (Object.keys(rest).length > 0) throw malformed('a line has requests, and statement if they are a call');
  if (!Array.isArray(requests) || requests.length === 0 || !requests.every(isObject))
    throw malformed('requests must be a list of requests');
  if (requests.some((request) => Object.hasOwn(request, 'principal')))
    throw malformed('a request over this socket names no principal');
  if (statement !== undefined && typeof statement !== 'string') throw malformed('statement must be text');
  const whole = wholeRequest(requests.map((request) => ({ ...request, principal }) as unknown as Request));
  if (isRefusal(whole)) throw malformed(whole.message);
  // People are shown these when they are asked to approve: they are no room for other text.
  const fault = whole
    .filter((request) => keyOf(request) === 'tools')
    .map(faultOf)
    .find((one) => one !== undefined);
  if (fault !== undefined) throw malformed(fault);
  return { requests: whole, ...(statement === undefined ? {} : { statement }) };
}

const malformed = (message: string): PlumblineError => new PlumblineError('mediator-malformed', message);
