// The chain of a log's records: tags under the key, and how each record must follow from those before. SPEC §9.
// Pure: takes one framed record after the other. Believes nothing a record says before its tag is right, except the first header's
// origin, which is what gives the key.
import { sha256 } from '@noble/hashes/sha2.js';
import { PROTECTED } from './frame.ts';
import type { Frame, Refusal } from './frame.ts';
import { ascii, macKey, macUnder, toHex } from './keys.ts';
import { readPayload } from './payload.ts';
import type { Body, Close, Decided, Header } from './payload.ts';
import { VERDICTS } from './report.ts';
import type { Verdict } from './report.ts';

/** Why the log is refused. `offset`: bytes into what was given. */
export type Finding = Refusal & { status: 'malformed' | 'tampered' };

const MAC_STRUCTURE = new Uint8Array([0x84, 0x64, ...ascii('MAC0'), ...PROTECTED]);
const NO_PREVIOUS = Uint8Array.of(0x40);

export class Chain {
  readonly #seed: Uint8Array | undefined;
  #mac: ((parts: Uint8Array[]) => Uint8Array) | undefined;
  // As a byte string, head included.
  #previous: Uint8Array = NO_PREVIOUS;
  #stateDigest: Uint8Array = new Uint8Array();
  #segment = -1;
  #segmentIsEmpty = false;
  header: Header | undefined;
  seq = 0;
  sealed = false;
  readonly verdicts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>;

  constructor(seed: Uint8Array | undefined) {
    this.#seed = seed;
  }

  get segmentIsEmpty(): boolean {
    return this.#segmentIsEmpty;
  }

  /** A segment begins. */
  segment(): Finding | undefined {
    this.#segment++;
    this.#segmentIsEmpty = true;
    return this.sealed ? tampered(0, 'nothing after the close record', 'a segment') : undefined;
  }

  /** The next record: its body, or why it is refused. */
  record(bytes: Uint8Array, frame: Frame): Body | Finding {
    const payload = bytes.subarray(frame.payload, frame.tag - 2);
    // The key is known by the first header's origin only, so that payload is read before its tag is checked.
    const early = this.header === undefined ? readPayload(payload) : undefined;
    if (early && 'expected' in early) return within(early, frame);
    if (early?.body.type === 'header' && this.#seed) this.#mac = macUnder(macKey(this.#seed, early.body.origin));
    const tag = bytes.subarray(frame.tag, frame.end);
    if (this.#mac) {
      const wanted = this.#mac([MAC_STRUCTURE, this.#previous, bytes.subarray(frame.payloadHead, frame.tag - 2)]);
      // The right tag is not told: in a published report it would let anyone put it there.
      if (!same(wanted, tag)) return tampered(frame.tag, 'a tag that is right under the key', `tag ${toHex(tag)}`);
    }
    const read = early ?? readPayload(payload);
    if ('expected' in read) return within(read, frame);
    const misplaced = this.#place(read.seq, read.body);
    if (misplaced) return tampered(frame.payload, ...misplaced);
    this.seq++;
    this.#segmentIsEmpty = false;
    this.#previous = new Uint8Array([0x58, 0x20, ...tag]);
    return read.body;
  }

  // What was expected and what was found, if a record does not follow from those before it.
  #place(seq: number, body: Body): [string, string] | undefined {
    if (this.sealed) return ['nothing after the close record', 'a record'];
    if (seq !== this.seq) return [`seq ${this.seq}`, `seq ${seq}`];
    if ((body.type === 'header') !== this.#segmentIsEmpty) {
      return this.#segmentIsEmpty ? ['a header', `a ${body.type} record`] : ['no header inside a segment', 'a header'];
    }
    if (body.type === 'header') return this.#placeHeader(body);
    if (body.type === 'close') return this.#placeClose(body);
    return this.#placeDecision(body);
  }

  #placeHeader(header: Header): [string, string] | undefined {
    if (header.segment !== this.#segment) return [`segment ${this.#segment}`, `segment ${header.segment}`];
    if (header.seq !== this.seq) return [`header for seq ${this.seq}`, `header for seq ${header.seq}`];
    const previous = this.#previous.subarray(this.#previous.length === 1 ? 1 : 2);
    if (!same(previous, header.previous)) {
      return [`previous tag h'${toHex(previous)}'`, `h'${toHex(header.previous)}'`];
    }
    const state = sha256(header.state);
    if (this.header === undefined) {
      this.header = header;
      this.#stateDigest = state;
      return undefined;
    }
    if (!same(state, this.#stateDigest)) return [`state ${toHex(this.#stateDigest)}`, toHex(state)];
    const [first, here] = [identity(this.header), identity(header)];
    return first === here ? undefined : [first, here];
  }

  #placeClose(close: Close): [string, string] | undefined {
    if (close.records !== this.seq) return [`${this.seq} records before`, `${close.records}`];
    const state = close.stateDigest;
    if (!same(state, this.#stateDigest)) return [`state ${toHex(this.#stateDigest)}`, toHex(state)];
    this.sealed = true;
    return undefined;
  }

  #placeDecision(decided: Decided): undefined {
    this.#stateDigest = decided.stateDigest;
    for (const verdict of decided.verdicts) this.verdicts[verdict]++;
  }
}

// What every header of a log repeats.
function identity({ origin, engine, program, layers, sources }: Header): string {
  const code = `engine ${toHex(engine)}, program ${toHex(program)}`;
  return `origin ${origin}, ${code}, layers [${layers.map(toHex).join()}], sources [${sources.map(toHex).join()}]`;
}

// Timing tells nothing here: whoever wrote the log cannot ask again.
function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function within(refusal: Refusal, frame: Frame): Finding {
  return { status: 'malformed', ...refusal, offset: frame.payload + refusal.offset };
}

function tampered(offset: number, expected: string, found: string): Finding {
  return { status: 'tampered', offset, expected, found };
}
