// Owns: random and mutated bytes put to the core as program, layer, state and request, and what must hold whatever they
// are: no trap, always a decision, a refused program or layer leaves nothing loaded, and what was loaded before stays
// as it was.

import { createHash } from 'node:crypto';
import { type Engine } from '../../bindings/engine.ts';
import { decideBytes, loadCore, loadPrograms } from '../differential/core.ts';
import { mutate } from '../differential/generate/bytes.ts';
import { Random } from '../differential/generate/random.ts';
import { LABELS, sessionCase, stepBytes, type Step } from '../differential/generate/sessions.ts';
import { decode, encode, type MapItem } from '../differential/reference/cbor.ts';
import { CODE, VERDICT } from '../differential/reference/codes.ts';
import { distinct, eventBytes, INITIAL_STATE, stateBytes } from '../differential/reference/state.ts';
import { entity } from '../differential/reference/value.ts';
import { buildSession } from '../differential/strict-differential.ts';

/** A sound program with at least one layer, and what is asked of them. */
interface Sound {
  programs: [Uint8Array, Uint8Array, ...Uint8Array[]];
  steps: Step[];
  /** The steps' bytes with all layers loaded, and with none. */
  layered: Uint8Array[];
  bare: Uint8Array[];
}
/** How many tries there were, and how many of the bytes the core took. */
export interface Tally {
  tries: number;
  accepted: number;
}
type Attempt = (sound: Sound) => boolean;

const SOUND_CASES = 24;
const INITIAL = stateBytes(INITIAL_STATE);
const DECISION_KEYS = 13;
const HEADER_BYTES = 68;
const LENGTHS_END = 32;
const [SECTIONS, REASONS] = [7, 12];
const NO_PROGRAM = VERDICT.block | (CODE.noProgram << 8);
/** How often the loaded program is shown to be unharmed. */
const INTACT_EVERY = 64;

class Violation extends Error {}

function requireThat(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Violation(what);
}

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Requests under these layers: under others they would all be refused before anything else. */
function requestsUnder(steps: Step[], layers: Uint8Array[]): Uint8Array[] {
  const authority = sha256(encode(layers.map(sha256)));
  return steps.map((step) => stepBytes(step, authority));
}

function soundCases(seed: number): Sound[] {
  const sounds: Sound[] = [];
  for (let index = 0; sounds.length < SOUND_CASES; index += 1) {
    const session = sessionCase(new Random(seed + index));
    if (session.levels.length === 1) continue;
    const programs = buildSession({ ...session, authorityRequired: false }).binaries as Sound['programs'];
    const { steps } = session;
    const [layered, bare] = [requestsUnder(steps, programs.slice(1)), requestsUnder(steps, [])];
    sounds.push({ programs, steps, layered, bare });
  }
  return sounds;
}

const packedOf = ({ pairs }: MapItem): number => Number(pairs[0]![1]) | (Number(pairs[1]![1]) << 8);

/** Decides, and requires what every answer has in common. */
function decideAnything(core: Engine, request: Uint8Array) {
  const { packed, bytes, state } = decideBytes(core, request);
  requireThat(hex(core.request.subarray(0, request.length)) === hex(request), 'the request window was written to');
  const [verdict, code] = [packed & 255, packed >> 8];
  requireThat(verdict <= VERDICT.block && code <= CODE.approved, `decide returned ${packed}`);
  requireThat(
    (verdict === VERDICT.allow) === (code === CODE.permitted || code === CODE.approved),
    `verdict ${verdict} with code ${code}`,
  );
  const answer = decode(bytes);
  const decisions = (Array.isArray(answer) ? answer : [answer]) as MapItem[];
  requireThat(
    decisions.every(({ pairs }) => pairs.length === DECISION_KEYS),
    'not decisions',
  );
  requireThat(
    decisions.some((decision) => packedOf(decision) === packed),
    'the answer is not what decide returned',
  );
  if (state.length > 0) decode(state);
  return { code, answer: `${hex(bytes)} ${hex(state)}` };
}

/** Everything a program answers to its sound requests, from the initial state. */
function behaviour(core: Engine, { layered }: Sound): string {
  requireThat(core.setState(INITIAL) === 0, 'the initial state was refused');
  return layered.map((request) => decideAnything(core, request).answer).join('\n');
}

/** Where the sections of a program lie (SPEC §8), the header included: `[start, length]`. */
function sectionsOf(program: Uint8Array): [number, number][] {
  const view = new DataView(program.buffer, program.byteOffset);
  const sections: [number, number][] = [[0, HEADER_BYTES]];
  for (let at = 8; at < LENGTHS_END; at += 4) {
    const [start, length] = sections.at(-1)!;
    sections.push([Math.ceil((start + length) / 4) * 4, view.getUint32(at, true)]);
  }
  return sections.filter(([, length]) => length >= 4);
}

/** Words of some sections changed: fields, indexes, counts and instructions are little-endian words. */
function mutateWords(program: Uint8Array, random: Random): Uint8Array {
  const mutated = program.slice();
  const view = new DataView(mutated.buffer);
  const place = () => {
    const [start, length] = random.pick(sectionsOf(program));
    return start + random.between(0, Math.floor(length / 4) - 1) * 4;
  };
  for (let edits = random.between(1, 3); edits > 0; edits -= 1) {
    const at = place();
    const before = view.getUint32(at, true);
    const others = [
      before ^ (1 << random.between(0, 31)),
      random.between(0, 64),
      0xffffffff,
      view.getUint32(place(), true),
    ];
    view.setUint32(at, random.pick([before + 1, before - 1, ...others]) >>> 0, true);
  }
  return mutated;
}

function changed(bytes: Uint8Array, random: Random): Uint8Array {
  if (random.chance(5)) return Uint8Array.from({ length: random.between(0, 200) }, () => random.between(0, 255));
  return random.chance(70) ? mutateWords(bytes, random) : mutate(bytes, random);
}

const randomBytes = (random: Random): Uint8Array =>
  Uint8Array.from({ length: random.between(0, 300) }, () => random.between(0, 255));

const EVENT_CODES: number[] = [0, CODE.malformedRequest, CODE.stateLimit];

const IDS = ['file.read', 'mcp.call', '/', '/work'];

function someEvent(random: Random): Uint8Array {
  const digest = sha256(Uint8Array.of(random.between(0, 255)));
  const number = (bits: number) => BigInt(random.between(0, 2 ** bits));
  const [expires, time] = [number(40), number(38)];
  switch (random.between(0, 5)) {
    case 0:
      return eventBytes({ kind: 'revocation', subject: digest });
    case 1:
      return eventBytes({ kind: 'approval', digest, expires, time });
    case 2:
      return eventBytes({ kind: 'labels', labels: distinct(random.some(LABELS, 30)) });
    case 3:
      return eventBytes({ kind: 'amounts', amounts: [number(8), number(33), number(53)] });
    default: {
      const [action, within] = [entity('Action', random.pick(IDS)), entity('Dir', random.pick(IDS))];
      const content = random.pick([null, 'x', 'y'.repeat(random.between(0, 600))]);
      const subject = random.pick([digest, new Uint8Array(32)]);
      const selector = { action, within, subject, content, uses: number(31) + 1n, expires };
      return eventBytes({ kind: 'selector', selector, time });
    }
  }
}

/** What a load or push may answer to anything. */
function requireFault(fault: number): void {
  const [section, reason] = [fault >> 8, fault & 255];
  requireThat(section >= 1 && section <= SECTIONS && reason >= 1 && reason <= REASONS, `fault ${fault}`);
}

export function fuzz(kind: 'request' | 'state' | 'program' | 'layer' | 'event', seed: number, tries: number): Tally {
  const core = loadCore();
  const random = new Random(seed);
  const sounds = soundCases(seed);

  const decideAll = (requests: Uint8Array[]): true => {
    core.setState(INITIAL);
    for (const request of requests) decideAnything(core, request);
    return true;
  };
  const refused = (fault: number): false => {
    requireFault(fault);
    requireThat(core.decide(0) === NO_PROGRAM, 'what was refused left something loaded');
    return false;
  };
  const attempts: Record<typeof kind, Attempt> = {
    request: ({ layered }) => {
      const bytes = random.chance(90) ? mutate(random.pick(layered), random) : randomBytes(random);
      return decideAnything(core, bytes).code !== CODE.malformedRequest;
    },
    state: ({ layered }) => {
      const result = core.setState(mutate(random.chance(90) ? core.state().slice() : INITIAL, random));
      requireThat(result === 0 || result === CODE.noState, `set_state returned ${result}`);
      const { code } = decideAnything(core, random.pick(layered));
      requireThat((result !== 0) === (code === CODE.noState), `set_state returned ${result}, decide then ${code}`);
      if (result !== 0) requireThat(core.setState(INITIAL) === 0, 'the initial state was refused');
      return result === 0;
    },
    event: ({ layered }) => {
      const bytes = random.chance(90) ? mutate(someEvent(random), random) : randomBytes(random);
      const before = hex(core.state());
      const code = core.note(bytes);
      requireThat(EVENT_CODES.includes(code), `note returned ${code}`);
      requireThat(
        (code === 0) !== (hex(core.state()) === before),
        `note returned ${code}, and the state was ${before}`,
      );
      decideAnything(core, random.pick(layered));
      // What a state came to be, it can be set to.
      requireThat(core.setState(core.state().slice()) === 0, 'the state was refused');
      return code === 0;
    },
    program: ({ programs, bare }) => {
      const fault = core.load(changed(programs[0], random));
      return fault === 0 ? decideAll(bare) : refused(fault);
    },
    layer: ({ programs, steps }) => {
      requireThat(core.load(programs[0]) === 0, 'a sound program was refused');
      const layer = changed(programs[1], random);
      const fault = core.pushLayer(layer);
      return fault === 0 ? decideAll(requestsUnder(steps, [layer])) : refused(fault);
    },
  };

  let accepted = 0;
  let sound = sounds[0]!;
  let before = '';
  for (let index = 0; index < tries; index += 1) {
    try {
      if (index % INTACT_EVERY === 0) {
        if (index > 0 && (kind === 'request' || kind === 'state' || kind === 'event')) {
          requireThat(behaviour(core, sound) === before, 'the loaded program behaves differently than before');
        }
        sound = random.pick(sounds);
        loadPrograms(core, sound.programs);
        before = behaviour(core, sound);
      }
      if (attempts[kind](sound)) accepted += 1;
    } catch (error) {
      throw new Error(`try ${index} of seed ${seed} as ${kind}: ${(error as Error).message}`, { cause: error });
    }
  }
  return { tries, accepted };
}
