// Owns: the bytes of a request in the engine's window (SPEC §3), and that their times never go back (§9.1.1).
// Trusts: nothing of a request: one that cannot be encoded is put in as text, so that the core blocks it and it is
// recorded.

import { createHash } from 'node:crypto';
import { CborReader } from './cbor-reader.ts';
import { CborWriter } from './cbor-writer.ts';
import { REQUEST_BYTES_MAX, type Engine } from './engine.ts';
import { AUTHORITY_NONE, encodeStamp, writeRequest, type EncodedStamp, type Request } from './request.ts';

/** The time of a request, and the digest of the authority it is judged under, if there is one. */
interface RequestStamp {
  timeMs: number;
  authority: Uint8Array | undefined;
  /** It belongs to a call whose use is counted. */
  continued: true | undefined;
}

/** SPEC §9.1.1: how much a request's time may be before its record's. */
const AGE_MS_MAX = 60_000;
const TIME = 5;
const utf8 = new TextEncoder();

export class RequestWindow {
  readonly #writer: CborWriter;
  #stamp: (RequestStamp & { encoded: EncodedStamp }) | undefined;
  /** The time of the last request or event: none is before it. */
  #timeMs: number;

  constructor(engine: Engine, createdMs: number) {
    this.#writer = new CborWriter(engine.request);
    this.#timeMs = createdMs;
  }

  /** Requests are of this time or later from now on. */
  begin(timeMs: number): void {
    this.#timeMs = timeMs;
  }

  /**
   * Writes the request into the engine's window. What cannot be encoded goes in as its JSON, so that it is decided and
   * recorded.
   */
  write(request: Request | readonly Request[] | Uint8Array, stamp: RequestStamp): { length: number; message?: string } {
    if (request instanceof Uint8Array) return this.#placeGiven(request, stamp.timeMs);
    this.#timeMs = stamp.timeMs;
    const refusal = writeRequest(this.#writer, request, this.#encoded(stamp));
    if (refusal === undefined) return { length: this.#writer.position };
    // The first byte of JSON text is ASCII or begins a UTF-8 sequence: never the head of a request, a map of 6 to 8,
    // nor of an array.
    return { length: this.#placeBytes(utf8.encode(describe(request))), message: refusal.message };
  }

  /** Bytes as they came, unless they state a time that no record of now may have: then, too, their SHA-256. */
  #placeGiven(bytes: Uint8Array, nowMs: number): { length: number; message?: string } {
    const stated = timesOf(bytes);
    const since = Math.max(this.#timeMs, nowMs - AGE_MS_MAX);
    if (stated.every((timeMs) => timeMs >= since && timeMs <= nowMs)) {
      this.#timeMs = Math.max(this.#timeMs, ...stated);
      return { length: this.#placeBytes(bytes) };
    }
    return { length: this.#placeDigest(bytes), message: 'its time is before the last one, too old, or to come' };
  }

  /** Bytes as they came; of more than fit, the byte string of their SHA-256 (SPEC §3). */
  #placeBytes(bytes: Uint8Array): number {
    if (bytes.length > REQUEST_BYTES_MAX) return this.#placeDigest(bytes);
    this.#writer.position = 0;
    this.#writer.raw(bytes);
    return this.#writer.position;
  }

  #placeDigest(bytes: Uint8Array): number {
    this.#writer.position = 0;
    this.#writer.bytes(createHash('sha256').update(bytes).digest());
    return this.#writer.position;
  }

  /** Made once for all requests of one millisecond under one authority. */
  #encoded({ timeMs, authority, continued }: RequestStamp): EncodedStamp {
    const last = this.#stamp;
    if (last?.timeMs === timeMs && last.authority === authority && last.continued === continued) return last.encoded;
    const encoded = encodeStamp({
      authority: authority ?? AUTHORITY_NONE,
      timeMs,
      ...(continued === undefined ? {} : { continued }),
    });
    this.#stamp = { timeMs, authority, continued, encoded };
    return encoded;
  }
}

/** The times of the requests in `bytes`; of what is no request, which the core blocks, those that can be read. */
function timesOf(bytes: Uint8Array): number[] {
  const times: number[] = [];
  try {
    const reader = new CborReader(bytes);
    for (let requests = reader.atArray() ? reader.array() : 1; requests > 0; requests--) {
      for (let left = reader.map(); left > 0; left--) {
        if (reader.uint() === TIME) times.push(Number(reader.int()));
        else reader.skip();
      }
    }
  } catch {
    // Not a request.
  }
  return times;
}

function describe(request: unknown): string {
  try {
    return JSON.stringify(request, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)) ?? '';
  } catch {
    // A cycle, or nesting without end.
    return '';
  }
}
