// Owns: reading a request's JSON text without losing anything: integers exact, no name given twice.

import { exactInteger } from './exact-json.ts';
import { encodeRequest, isRefusal, refuse, type Refusal, type Request } from './request.ts';

/** Far above any request the engine takes (SPEC §3); it bounds what parsing may cost. */
export const REQUEST_TEXT_LENGTH_MAX = 1 << 20;
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/g;
// Only whether the request can be encoded is asked here; the mediator sets the stamp.
const NO_STAMP = { authority: new Uint8Array(32), timeMs: 0 };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A request or transaction from its JSON text, or why it is none. A refused text still goes to `mediate`, as its bytes.
 */
export function parseRequestJson(text: string | Uint8Array): Request | Request[] | Refusal {
  const read = parseWholeJson(text);
  return 'refusal' in read ? read.refusal : wholeRequest(read.value as Request | Request[]);
}

/** A request or transaction as it is, if it can be encoded. */
export function wholeRequest<R extends Request | Request[]>(request: R): R | Refusal {
  const encoded = encodeRequest(request, NO_STAMP);
  return isRefusal(encoded) ? encoded : request;
}

/** The value of a JSON text that says what it says to every reader, or why it does not. */
export function parseWholeJson(text: string | Uint8Array): { value: unknown } | { refusal: Refusal } {
  if (text.length > REQUEST_TEXT_LENGTH_MAX)
    return { refusal: refuse(`a request's text has at most ${REQUEST_TEXT_LENGTH_MAX} characters`) };
  let json: string;
  try {
    json = typeof text === 'string' ? text : utf8.decode(text);
  } catch {
    return { refusal: refuse('must be UTF-8') };
  }
  // Names that JSON.parse kept. The outermost value is visited as a member too, of an object that is not in the text.
  let kept = -1;
  let value: unknown;
  try {
    value = JSON.parse(json, function visit(this: unknown, _name, one: unknown, context?: { source: string }) {
      if (!Array.isArray(this)) kept++;
      return typeof one === 'number' ? exactInteger(context!.source) : one;
    });
  } catch (cause) {
    return { refusal: refuse((cause as Error).message) };
  }
  // Of a name given twice JSON.parse keeps the last value without a word; another reader may keep the first.
  const given = json.replace(STRING, '').split(':').length - 1;
  return given === kept ? { value } : { refusal: refuse('an object gives a name twice') };
}
