// Owns: JSON values in the one form of RFC 8785, so that equal values have equal digests.

import { isObject } from './is-object.ts';

const DEPTH_MAX = 64;

/** The text of a JSON value; `undefined` of what is none, of a lone surrogate, and of what nests more than 64 deep. */
export function canonicalJson(value: unknown, depth = 0): string | undefined {
  if (value === null || typeof value === 'boolean') return JSON.stringify(value);
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : undefined;
  if (typeof value === 'string') return value.isWellFormed() ? JSON.stringify(value) : undefined;
  if (depth === DEPTH_MAX) return undefined;
  if (Array.isArray(value))
    return enclosed(
      '[',
      ']',
      value.map((item) => canonicalJson(item, depth + 1)),
    );
  if (!isObject(value)) return undefined;
  const members = Object.keys(value)
    // By UTF-16 code units, as the RFC has it.
    .toSorted()
    .map((name) => {
      const member = canonicalJson(value[name], depth + 1);
      return member === undefined || !name.isWellFormed() ? undefined : `${JSON.stringify(name)}:${member}`;
    });
  return enclosed('{', '}', members);
}

const enclosed = (open: string, close: string, parts: readonly (string | undefined)[]): string | undefined =>
  parts.includes(undefined) ? undefined : `${open}${parts.join(',')}${close}`;
