// Owns: the attributes that the engine itself writes into a context (SPEC §4), each made when a policy first asks for
// it, and their cache, which is good for one request between two changes of its labels. Trusts: the checked request and
// the state. Excludes: their names (program/supplied-names.ts).

import { compare, copyBytes, equal } from '../value/bytes';
import { countBits, nextBit } from '../value/bits';
import { head, headArgument, skip } from '../value/cbor';
import {
  KIND_ENDPOINT,
  KIND_PATH,
  NONE,
  SUPPLIED_CLEARANCES,
  SUPPLIED_LABELS,
  SUPPLIED_NAME,
  SUPPLIED_PORT,
  SUPPLIED_SEGMENTS,
  SUPPLIED_SESSION,
  SUPPLIED_TIME,
} from '../numbers/format';
import {
  clearanceText,
  constant,
  findClearanceConstant,
  findLabelConstant,
  labelText,
  levelAt,
} from '../program/level';
import { LABELS_MAX, LINEAGE_RESOURCE, SUPPLIED_CACHE, SUPPLIED_CACHE_BYTES } from '../numbers/limits';
import { isCanonicalLineage } from '../request/lineage';
import { uidId, uidIdEnd, uidType } from '../program/uid';
import {
  SUPPLIED_COUNT,
  SUPPLIED_NAMES,
  SURPRISING,
  SURPRISING_BYTES,
  isSurprising,
  standsAfterSurprising,
  suppliedKindAt,
} from '../program/supplied-names';
import { endpointPort } from '../value/names';
import { findSlash } from '../value/path';
import { findKey } from '../value/collections';
import { contextValue, requestTime } from '../request/request';
import { suppliedMask } from '../program/find';
import { typeKind } from '../program/schema';
import { spend } from '../value/fuel';
import { sortUnique } from '../value/sort';
import {
  sessionBlocked,
  sessionModelRequests,
  sessionOutside,
  sessionRecent,
  sessionRequests,
  sessionSpend,
  sessionSurprising,
  sessionTokens,
} from '../state/state';
import {
  STRING,
  allocateForDecision,
  boolean,
  endOf,
  kindOf,
  range,
  startOf,
  writeHead,
  writeLong,
} from '../value/value';

// The first place is that of the whole context; no supplied attribute has the number 0.
const CACHE: u32 = SUPPLIED_CACHE;

// The heads and keys of a session's record, in the order of keys.
const SPEND_KEY: u32 = memory.data<u8>([0xa8, 0x65, 0x73, 0x70, 0x65, 0x6e, 0x64]) as u32; // map of 8, "spend"
const RECENT_KEY: u32 = memory.data<u8>([0x66, 0x72, 0x65, 0x63, 0x65, 0x6e, 0x74]) as u32; // "recent"
const TOKENS_KEY: u32 = memory.data<u8>([0x66, 0x74, 0x6f, 0x6b, 0x65, 0x6e, 0x73]) as u32; // "tokens"
const BLOCKED_KEY: u32 = memory.data<u8>([0x67, 0x62, 0x6c, 0x6f, 0x63, 0x6b, 0x65, 0x64]) as u32; // "blocked"
const OUTSIDE_KEY: u32 = memory.data<u8>([0x67, 0x6f, 0x75, 0x74, 0x73, 0x69, 0x64, 0x65]) as u32; // "outside"
const REQUESTS_KEY: u32 = memory.data<u8>([0x68, 0x72, 0x65, 0x71, 0x75, 0x65, 0x73, 0x74, 0x73]) as u32; // "requests"
const MODEL_REQUESTS_KEY: u32 = memory.data<u8>([
  0x6d, 0x6d, 0x6f, 0x64, 0x65, 0x6c, 0x52, 0x65, 0x71, 0x75, 0x65, 0x73, 0x74, 0x73,
]) as u32; // "modelRequests"

let mask: u32 = 0;
let labels: u32 = 0;
let clearances: u32 = 0;
let isSurprisingLabel: bool = false;

/** Begins a request whose action is `action` (or NONE). */
export function beginSupplied(action: u32): void {
  mask = action === NONE ? 0 : suppliedMask(action);
}

/**
 * Sets the bits that the policies to come see as labels and clearances, and whether `surprising` is among the labels;
 * forgets what was made before.
 */
export function supplyLabels(labelBits: u32, clearanceBits: u32, isSurprised: bool): void {
  labels = labelBits;
  clearances = clearanceBits;
  isSurprisingLabel = isSurprised;
  for (let i: u32 = 0; i < SUPPLIED_CACHE_BYTES; i += 8) store<u64>(CACHE + i, 0);
}

function writeEncoded(p: u32, text: u32): u32 {
  const n = skip(text) - text;
  copyBytes(p, text, n);
  return p + n;
}

function makeTexts(bits: u32, isClearance: bool): u64 {
  const program = levelAt(0);
  let isLeft = isSurprisingLabel && !isClearance;
  let bytes: u32 = 3 + SURPRISING_BYTES;
  for (let i = nextBit(bits, 0); i < LABELS_MAX; i = nextBit(bits, i + 1)) {
    const text = isClearance ? clearanceText(program, i) : labelText(program, i);
    bytes += skip(text) - text;
  }
  const start = allocateForDecision(bytes);
  if (start === 0) return 0;
  let p = writeHead(start, 4, (countBits(bits) + (isLeft ? 1 : 0)) as u64);
  for (let i = nextBit(bits, 0); i < LABELS_MAX; i = nextBit(bits, i + 1)) {
    const text = isClearance ? clearanceText(program, i) : labelText(program, i);
    if (isLeft && standsAfterSurprising(text)) {
      p = writeEncoded(p, SURPRISING);
      isLeft = false;
    }
    p = writeEncoded(p, text);
  }
  return range(start, isLeft ? writeEncoded(p, SURPRISING) : p);
}

function makeSession(): u64 {
  // The map's head, eight keys of 71 bytes, and numbers of at most 9, which stand over what copyBytes writes beyond.
  const start = allocateForDecision(1 + 71 + 8 * 9);
  if (start === 0) return 0;
  let p = writeCount(start, SPEND_KEY, 7, sessionSpend());
  p = writeCount(p, RECENT_KEY, 7, sessionRecent() as u64);
  p = writeCount(p, TOKENS_KEY, 7, sessionTokens());
  p = writeCount(p, BLOCKED_KEY, 8, sessionBlocked());
  p = writeCount(p, OUTSIDE_KEY, 8, sessionOutside());
  p = writeCount(p, REQUESTS_KEY, 9, sessionRequests());
  p = writeCount(p, SURPRISING, SURPRISING_BYTES, sessionSurprising());
  return range(start, writeCount(p, MODEL_REQUESTS_KEY, 14, sessionModelRequests()));
}

function writeCount(p: u32, key: u32, keyBytes: u32, value: u64): u32 {
  copyBytes(p, key, keyBytes);
  return writeHead(p + keyBytes, 0, value);
}

function makeTime(request: u32): u64 {
  const start = allocateForDecision(11);
  if (start === 0) return 0;
  store<u16>(start, 0x03a1);
  return range(start, writeLong(start + 2, requestTime(request)));
}

// The resource's id, or 0 if it is not a canonical one of this kind.
function resourceId(kind: u32): u64 {
  if (typeKind(uidType(LINEAGE_RESOURCE)) !== kind || !isCanonicalLineage(LINEAGE_RESOURCE)) return 0;
  return range(uidId(LINEAGE_RESOURCE), uidIdEnd(LINEAGE_RESOURCE));
}

function writeText(p: u32, from: u32, to: u32): u32 {
  p = writeHead(p, 3, (to - from) as u64);
  copyBytes(p, from, to - from);
  return p + (to - from);
}

function makeName(): u64 {
  const path = resourceId(KIND_PATH);
  if (path === 0) return 0;
  const end = endOf(path);
  let last = end;
  while (load<u8>(last - 1) !== 0x2f) last--;
  const start = allocateForDecision(end - last + 3);
  return start === 0 ? 0 : range(start, writeText(start, last, end));
}

function makeSegments(): u64 {
  const path = resourceId(KIND_PATH);
  if (path === 0) return 0;
  const end = endOf(path);
  // A segment takes, with its slash, at least two bytes of the path, and in CBOR at most two more than its own.
  const bytes = (end - startOf(path)) << 1;
  const ranges = allocateForDecision(bytes << 1);
  const start = allocateForDecision(bytes + 3);
  if (start === 0 || ranges === 0) return 0;
  let count: u32 = 0;
  for (let segment = startOf(path) + 1; segment < end;) {
    const segmentEnd = findSlash(segment, end);
    store<u64>(ranges + (count << 3), range(segment, segmentEnd));
    count++;
    segment = segmentEnd + 1;
  }
  count = sortUnique(ranges, count, true);
  let p = writeHead(start, 4, count as u64);
  for (let i: u32 = 0; i < count; i++) {
    const segment = load<u64>(ranges + (i << 3));
    p = writeText(p, startOf(segment), endOf(segment));
  }
  return range(start, p);
}

function makePort(): u64 {
  const endpoint = resourceId(KIND_ENDPOINT);
  const start = endpoint === 0 ? 0 : allocateForDecision(9);
  if (start === 0) return 0;
  return range(start, writeHead(start, 0, endpointPort(startOf(endpoint), endOf(endpoint)) as u64));
}

function make(request: u32, kind: u32): u64 {
  if (kind === SUPPLIED_LABELS) return makeTexts(labels, false);
  if (kind === SUPPLIED_CLEARANCES) return makeTexts(clearances, true);
  if (kind === SUPPLIED_SESSION) return makeSession();
  if (kind === SUPPLIED_TIME) return makeTime(request);
  if (kind === SUPPLIED_PORT) return makePort();
  return kind === SUPPLIED_NAME ? makeName() : makeSegments();
}

function supplied(request: u32, kind: u32): u64 {
  const cached = load<u64>(CACHE + (kind << 3));
  if (cached !== 0) return cached;
  const made = make(request, kind);
  store<u64>(CACHE + (kind << 3), made);
  return made;
}

/** Whether the action's context has this supplied attribute. */
export function isSupplied(kind: u32): bool {
  return ((mask >> kind) & 1) !== 0;
}

function segmentsContain(text: u32): u64 {
  const path = resourceId(KIND_PATH);
  if (path === 0 || kindOf(text) !== STRING) return 0;
  const end = endOf(path);
  const wanted = head(text);
  const n = headArgument() as u32;
  spend((end - startOf(path)) >> 3);
  if (n === 0) return 0;
  for (let segment = startOf(path) + 1; segment < end;) {
    const segmentEnd = findSlash(segment, end);
    if (segmentEnd - segment === n && equal(segment, wanted, n)) return boolean(true);
    segment = segmentEnd + 1;
  }
  return boolean(false);
}

/** Whether a supplied set has the constant as an element; or 0, where that is not known without making the set. */
export function suppliedContains(level: u32, kind: u32, item: u32): u64 {
  if (kind === SUPPLIED_SEGMENTS) return segmentsContain(constant(level, item));
  if (level !== levelAt(0)) return 0;
  // At level 0 a label is the same constant in the policies and in the table of labels.
  if (kind === SUPPLIED_LABELS) {
    const isEngines = isSurprisingLabel && isSurprising(constant(level, item));
    return boolean(isEngines || hasName(labels, findLabelConstant(level, item)));
  }
  if (kind === SUPPLIED_CLEARANCES) return boolean(hasName(clearances, findClearanceConstant(level, item)));
  return 0;
}

function hasName(bits: u32, i: u32): bool {
  return i < LABELS_MAX && nextBit(bits, i) === i;
}

/**
 * The context's attribute whose name is the text at `name` and, if it names a supplied one, number `kind` (else 0); or
 * 0.
 */
export function contextAttribute(request: u32, name: u32, kind: u32): u64 {
  if (kind !== 0 && isSupplied(kind)) return supplied(request, kind);
  return findKey(startOf(contextValue(request)), name);
}

/** The whole context as the policies see it, or 0 if it does not fit. */
export function wholeContext(request: u32): u64 {
  if (mask === 0) return contextValue(request);
  const cached = load<u64>(CACHE);
  if (cached !== 0) return cached;
  let bytes = endOf(contextValue(request)) - startOf(contextValue(request)) + 9;
  let count: u32 = 0;
  for (let kind = SUPPLIED_LABELS; kind <= SUPPLIED_PORT; kind++) {
    if (!isSupplied(kind)) continue;
    const value = supplied(request, kind);
    bytes += 11 + endOf(value) - startOf(value);
  }
  spend(bytes >> 5);
  const start = allocateForDecision(bytes);
  if (start === 0) return 0;
  // The count is known at the end: leave room for the longest head, and put the right one before the entries then.
  const entries = start + 9;
  let p = entries;
  let own = head(startOf(contextValue(request)));
  let left = headArgument() as u32;
  let name = SUPPLIED_NAMES;
  for (let i: u32 = 0; i < SUPPLIED_COUNT; i++) {
    const nameEnd = skip(name);
    const kind = suppliedKindAt(i);
    if (isSupplied(kind)) {
      for (; left > 0; left--) {
        const key = skip(own);
        const order = compare(own, key, name, nameEnd);
        if (order > 0) break;
        const next = skip(key);
        // What a caller wrote under a supplied name is not seen (strict validation refuses the request).
        if (order < 0) {
          copyBytes(p, own, next - own);
          p += next - own;
          count++;
        }
        own = next;
      }
      const value = supplied(request, kind);
      if (value !== 0) {
        copyBytes(p, name, nameEnd - name);
        p += nameEnd - name;
        copyBytes(p, startOf(value), endOf(value) - startOf(value));
        p += endOf(value) - startOf(value);
        count++;
      }
    }
    name = nameEnd;
  }
  const rest = endOf(contextValue(request)) - own;
  copyBytes(p, own, rest);
  p += rest;
  count += left;
  const head0 = writeHead(start, 5, count as u64) - start;
  memory.copy(entries - head0, start, head0);
  const whole = range(entries - head0, p);
  store<u64>(CACHE, whole);
  return whole;
}
