// Owns: names (SPEC §4): which ids are canonical, and where in an id its host and its port are. Trusts: its ranges.
// Excludes: paths (path.ts), entities, the store.

import { equal } from './bytes';
import { KIND_DOMAIN, KIND_ENDPOINT, KIND_HOST, KIND_PATH, KIND_QUALIFIED } from '../numbers/format';
import { isIpv4Mapped, parseIpv4, parseIpv6, writeIpv6 } from './ip';
import { HOST_BYTES_MAX, SCRATCH } from '../numbers/limits';
import { findSlash, isPath } from './path';

const COLON: u32 = 0x3a;
const DOT: u32 = 0x2e;
const HYPHEN: u32 = 0x2d;

/** The place after the label that starts at p: its dot, or end. */
export function labelEnd(p: u32, end: u32): u32 {
  while (p < end && (load<u8>(p) as u32) !== DOT) p++;
  return p;
}

/** Whether [p, end) is a host name: labels as SPEC §4 has them. */
function isHostName(p: u32, end: u32): bool {
  if (p === end || end - p > HOST_BYTES_MAX) return false;
  while (true) {
    const start = p;
    let digitsOnly = true;
    for (; p < end; p++) {
      const c: u32 = load<u8>(p);
      if (c - 0x30 <= 9) continue;
      if (c === DOT) break;
      if (c - 0x61 >= 26 && c !== HYPHEN && c !== 0x5f) return false;
      digitsOnly = false;
    }
    const n = p - start;
    if (n === 0 || n > 63) return false;
    if ((load<u8>(start) as u32) === HYPHEN || (load<u8>(p - 1) as u32) === HYPHEN) return false;
    if (p === end) return !digitsOnly;
    p++;
    if (p === end) return false;
  }
}

function isIpv6(p: u32, end: u32): bool {
  if (end - p > 39 || !parseIpv6(p, end, SCRATCH) || isIpv4Mapped(SCRATCH)) return false;
  const text = SCRATCH + 16;
  return writeIpv6(SCRATCH, text) - text === end - p && equal(text, p, end - p);
}

function isHost(p: u32, end: u32): bool {
  return isHostName(p, end) || parseIpv4(p, end, SCRATCH) || isIpv6(p, end);
}

/** Whether [p, end), the host of an endpoint or a Host's id, is a host name and so has domains. */
export function hasDomains(p: u32, end: u32): bool {
  return isHostName(p, end);
}

function isPort(p: u32, end: u32): bool {
  const n = end - p;
  if (n === 0 || n > 5 || (n > 1 && (load<u8>(p) as u32) === 0x30)) return false;
  let value: u32 = 0;
  for (; p < end; p++) {
    const digit = (load<u8>(p) as u32) - 0x30;
    if (digit > 9) return false;
    value = value * 10 + digit;
  }
  return value <= 65535;
}

/** The place of an endpoint's last `:`, or 0. */
function portColon(p: u32, end: u32): u32 {
  for (let q = end; q > p; q--) if ((load<u8>(q - 1) as u32) === COLON) return q - 1;
  return 0;
}

/** The host of a canonical endpoint, without brackets. */
export function endpointHost(p: u32, end: u32): u64 {
  let hostEnd = portColon(p, end);
  if ((load<u8>(p) as u32) === 0x5b) {
    p++;
    hostEnd--;
  }
  return (p as u64) | ((hostEnd as u64) << 32);
}

/** The port of a canonical endpoint. */
export function endpointPort(p: u32, end: u32): u32 {
  let value: u32 = 0;
  for (p = portColon(p, end) + 1; p < end; p++) value = value * 10 + (load<u8>(p) as u32) - 0x30;
  return value;
}

function isEndpoint(p: u32, end: u32): bool {
  const colon = portColon(p, end);
  if (colon === 0 || colon === p || !isPort(colon + 1, end)) return false;
  if ((load<u8>(p) as u32) !== 0x5b) return isHostName(p, colon) || parseIpv4(p, colon, SCRATCH);
  return (load<u8>(colon - 1) as u32) === 0x5d && isIpv6(p + 1, colon - 1);
}

function isQualified(p: u32, end: u32): bool {
  const slash = findSlash(p, end);
  return slash > p && slash + 1 < end;
}

/** Whether the id [p, end) is canonical for an entity type of this kind (SPEC §4). */
export function isCanonical(kind: u32, p: u32, end: u32): bool {
  if (kind === KIND_PATH) return isPath(p, end);
  if (kind === KIND_DOMAIN) return isHostName(p, end);
  if (kind === KIND_HOST) return isHost(p, end);
  if (kind === KIND_ENDPOINT) return isEndpoint(p, end);
  if (kind === KIND_QUALIFIED) return isQualified(p, end);
  return true;
}
