// Owns: the bytes of a request in the engine's window (SPEC §3).
// Trusts: nothing of a request: one that cannot be encoded is put in as text, so that the core blocks it and it is
// recorded.

import { createHash } from 'node:crypto';
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

const utf8 = new TextEncoder();

export class RequestWindow {
  readonly #writer: CborWriter;
  #stamp: (RequestStamp & { encoded: EncodedStamp }) | undefined;

  constructor(engine: Engine) {
    this.#writer = new CborWriter(engine.request);
  }

  /**
   * Writes the request into the engine's window. What cannot be encoded goes in as its JSON, so that it is decided and
   * recorded.
   */
  write(request: Request | readonly Request[] | Uint8Array, stamp: RequestStamp): { length: number; message?: string } {
    if (request instanceof Uint8Array) return { length: this.#placeBytes(request) };
    const refusal = writeRequest(this.#writer, request, this.#encoded(stamp));
    if (refusal === undefined) return { length: this.#writer.position };
    // The first byte of JSON text is ASCII or begins a UTF-8 sequence: never the head of a request, a map of 6 to 8,
    // nor of an array.
    return { length: this.#placeBytes(utf8.encode(describe(request))), message: refusal.message };
  }

  /** Bytes as they came; of more than fit, the byte string of their SHA-256 (SPEC §3). */
  #placeBytes(bytes: Uint8Array): number {
    this.#writer.position = 0;
    if (bytes.length <= REQUEST_BYTES_MAX) this.#writer.raw(bytes);
    else this.#writer.bytes(createHash('sha256').update(bytes).digest());
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

function describe(request: unknown): string {
  try {
    return JSON.stringify(request, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)) ?? '';
  } catch {
    // A cycle, or nesting without end.
    return '';
  }
}
