// Owns: one generated session decided by the core and by the reference, decision by decision and state by state, and by
// cedar-wasm as far as Cedar's own answer goes; and the smallest session that still disagrees.

import { createHash } from 'node:crypto';
import { type Engine } from '../../bindings/engine.ts';
import { compileProgram, decideBytes, loadPrograms, noteBytes } from './core.ts';
import { Random } from './generate/random.ts';
import { eventsOf, sessionCase, stepBytes, subjectOf, type SessionCase } from './generate/sessions.ts';
import { STRICT_SCHEMA, STRICT_SCHEMA_TEXT } from './generate/strict-schema.ts';
import { decode, encode, type Item } from './reference/cbor.ts';
import { approvalDigest, decide, type Program } from './reference/decide.ts';
import { eventBytes, INITIAL_STATE, note, stateBytes } from './reference/state.ts';
import { CODE } from './reference/codes.ts';
import { parsePolicy, type Policy } from './reference/policy.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

const isExpected = ({ annotations }: Policy): boolean => annotations.has('expect');

/** What the core is loaded with, and the reference's reading of the same policies. */
export function buildSession({ labels, levels, uses, authorityRequired }: SessionCase) {
  const common = { schema: STRICT_SCHEMA_TEXT, links: [] };
  const [organisation, ...layers] = levels;
  const binaries = [
    compileProgram({ ...common, labels, policies: organisation, authorityRequired }),
    ...layers.map((policies, index) => {
      const sources = { ...common, labels: [], policies, authorityRequired: false };
      const number = uses[index];
      if (number === undefined) return compileProgram(sources);
      return compileProgram(sources, { subject: subjectOf(index), ...(number === 0 ? {} : { uses: number }) });
    }),
  ];
  const [digest, ...layerDigests] = binaries.map(sha256) as [Uint8Array, ...Uint8Array[]];
  const parsed = levels.map((texts) => texts.map((text, index) => parsePolicy(`policy${index}`, text)));
  const program: Program = {
    schema: STRICT_SCHEMA,
    labels: labels.map((text, index) => parsePolicy(`label${index}`, text)),
    levels: parsed.map((policies) => policies.filter((policy) => !isExpected(policy))) as Program['levels'],
    expected: parsed.slice(1).map((policies) => policies.filter(isExpected)),
    grants: layers.map((_, index) => ({
      subject: uses[index] === undefined ? new Uint8Array(32) : subjectOf(index),
      uses: uses[index] ?? 0,
    })),
    authorityRequired,
    digest,
    layersDigest: sha256(encode(layerDigests)),
  };
  return { binaries, program };
}

const readable = (bytes: Uint8Array): string => {
  const show = (item: Item): unknown => {
    if (item instanceof Uint8Array) return `h'${Buffer.from(item).toString('hex').slice(0, 8)}…'`;
    if (typeof item === 'bigint') return Number(item);
    if (typeof item !== 'object' || item === null) return item;
    if (Array.isArray(item)) return item.map(show);
    return Object.fromEntries(item.pairs.map(([key, value]) => [String(show(key)), show(value)]));
  };
  try {
    return JSON.stringify(show(decode(bytes)));
  } catch {
    return Buffer.from(bytes).toString('hex');
  }
};

interface Seen {
  decisions: number;
  /** By code, of the whole step. */
  codes: Map<number, number>;
}

/** The first step in which core and reference differ, as text. */
function firstDifference(core: Engine, each: SessionCase, seen?: Seen): string | undefined {
  const { binaries, program } = buildSession(each);
  loadPrograms(core, binaries);
  let state = INITIAL_STATE;
  const initial = core.setState(stateBytes(state));
  if (initial !== 0) return `the core refused the initial state: ${initial}`;
  for (const [index, step] of each.steps.entries()) {
    for (const event of eventsOf(step, (requests) => approvalDigest(requests, program))) {
      const noted = note(state, event);
      state = noted ?? state;
      const taken = noteBytes(core, eventBytes(event));
      const left = `${taken.code} ${Buffer.from(taken.state).toString('hex')}`;
      const right = `${noted === undefined ? CODE.stateLimit : 0} ${Buffer.from(stateBytes(state)).toString('hex')}`;
      if (left !== right) return `step ${index}, ${event.kind}: core ${left}\nreference ${right}`;
    }
    const bytes = stepBytes(step, program.layersDigest);
    const expected = decide(program, state, bytes);
    const actual = decideBytes(core, bytes);
    const pairs = [
      [`${actual.packed & 255} code ${actual.packed >> 8}`, `${expected.packed & 255} code ${expected.packed >> 8}`],
      [readable(actual.bytes), readable(expected.bytes)],
      [readable(actual.state), readable(stateBytes(expected.state))],
      [Buffer.from(actual.bytes).toString('hex'), Buffer.from(expected.bytes).toString('hex')],
      [Buffer.from(actual.state).toString('hex'), Buffer.from(stateBytes(expected.state)).toString('hex')],
    ] as const;
    const difference = pairs.find(([left, right]) => left !== right);
    if (difference !== undefined) {
      const [left, right] = difference;
      const all = `${readable(actual.bytes)}\n${readable(expected.bytes)}`;
      return `step ${index} (${step.fault}): core ${left}\nreference ${right}\nboth decisions:\n${all}\nrequest ${readable(bytes)}\n${Buffer.from(bytes).toString('hex')}`;
    }
    state = expected.state;
    if (seen !== undefined) {
      seen.decisions += step.requests.length;
      seen.codes.set(expected.packed >> 8, (seen.codes.get(expected.packed >> 8) ?? 0) + 1);
    }
  }
  return undefined;
}

const without = <T>(items: T[]): T[][] => items.map((_, index) => items.toSpliced(index, 1));

function shrink(core: Engine, failing: SessionCase): SessionCase {
  const [organisation, ...layers] = failing.levels;
  const smaller: SessionCase[] = [
    ...without(failing.steps).map((steps) => ({ ...failing, steps })),
    ...without(failing.labels).map((labels) => ({ ...failing, labels })),
    ...without(layers).map((left, index) => ({
      ...failing,
      levels: [organisation, ...left] as SessionCase['levels'],
      uses: failing.uses.toSpliced(index, 1),
    })),
    ...failing.levels.flatMap((level, index) =>
      without(level).map((left) => ({ ...failing, levels: failing.levels.with(index, left) as SessionCase['levels'] })),
    ),
  ];
  const next = smaller.find((each) => firstDifference(core, each) !== undefined);
  return next === undefined ? failing : shrink(core, next);
}

/** A readable report of the first disagreement in `count` sessions, or `undefined`; and what the sessions exercised. */
export function compareWithReference(core: Engine, seed: number, count: number) {
  const seen: Seen = { decisions: 0, codes: new Map() };
  for (let index = 0; index < count; index += 1) {
    const each = sessionCase(new Random(seed + index));
    if (firstDifference(core, each, seen) === undefined) continue;
    const small = shrink(core, each);
    const policies = [...small.labels, ...small.levels.map((level) => level.join('\n'))].join('\n--\n');
    const disagreement = `session ${index} of seed ${seed} (alone: seed ${seed + index})\n${policies}\nauthority required: ${small.authorityRequired}\n${firstDifference(core, small)}`;
    return { seen, disagreement };
  }
  return { seen, disagreement: undefined };
}
