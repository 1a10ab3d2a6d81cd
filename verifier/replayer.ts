// Feeds the records of one log to its recorded engine and compares what comes out. SPEC §7.
// Runs nothing whose digest is not trusted; stops at the first divergence, since every later state depends on it.
import { toHex } from './bytes.ts';
import { Engine } from './engine.ts';
import type { LogFiles } from './log-files.ts';
import type { Decided, Header } from './payload.ts';
import type { Divergence } from './report.ts';
import type { Visited } from './segment.ts';
import { HASH_BYTES } from './sha256/hasher.ts';
import { sha256 } from './sha256/native.ts';
import type { Trust } from './trust.ts';

// What bears a trusted name may still be something else, of any size; engines and programs are far below this.
const BLOB_BYTES_MAX = 1 << 24;

export class Replayer {
  readonly #trusted: Trust;
  readonly #files: LogFiles;
  #engine: Engine | undefined;
  // After a request that was erased the state is unknown, up to the next that is recorded.
  #stateIsKnown = true;
  replayed = 0;
  skipped = 0;
  divergence: Divergence | undefined;
  /** Why replay did not start or stopped, if not for a divergence. */
  reason: string | undefined;

  constructor(trusted: Trust, files: LogFiles) {
    this.#trusted = trusted;
    this.#files = files;
  }

  visit({ seq, body, bytes, request }: Visited): Promise<void> | undefined {
    if (this.divergence || this.reason !== undefined) return undefined;
    if (body.type === 'header' && !this.#engine) return this.#start(body);
    // A later state is the one replayed before: its digest has been compared.
    if (body.type === 'header' || body.type === 'snapshot') this.#resume(body.state);
    if (body.type !== 'decision') return undefined;
    if (!request) this.#stateIsKnown = false;
    if (request && this.#stateIsKnown) this.#replay(seq, request, body, bytes);
    else this.skipped++;
    return undefined;
  }

  async #start(header: Header): Promise<void> {
    const named = [
      ['engine', header.engine] as const,
      ['program', header.program] as const,
      ...header.layers.map((layer) => ['layer', layer] as const),
    ];
    try {
      for (const [what, digest] of named) {
        if (!this.#trusted.has(toHex(digest))) throw new RangeError(`${what} ${toHex(digest)} is not trusted`);
      }
      const [wasm, program, ...layers] = await Promise.all(named.map(([what, digest]) => this.#blob(what, digest)));
      const engine = new Engine(wasm!);
      // What the engine refuses is left unloaded, as it was for the writer; the decisions show whether that is so.
      engine.load(program!);
      for (const layer of layers) engine.pushLayer(layer);
      engine.setState(header.state);
      this.#engine = engine;
    } catch (error) {
      this.reason = (error as Error).message;
    }
  }

  async #blob(what: string, digest: Uint8Array): Promise<Uint8Array> {
    const hex = toHex(digest);
    const bytes = await this.#files.whole(`blobs/${hex}`, BLOB_BYTES_MAX);
    if (!bytes) throw new RangeError(`${what} ${hex} is not in blobs/`);
    if (bytes.length > BLOB_BYTES_MAX)
      throw new RangeError(`${what} ${hex} has over ${BLOB_BYTES_MAX} bytes in blobs/`);
    if (toHex(sha256(bytes)) !== hex) throw new RangeError(`${what} ${hex} is not what blobs/ has under that name`);
    return bytes;
  }

  #resume(state: Uint8Array): void {
    if (this.#stateIsKnown) return;
    this.#engine!.setState(state);
    this.#stateIsKnown = true;
  }

  #replay(seq: number, request: Uint8Array, body: Decided, bytes: Uint8Array): void {
    let decision: Uint8Array;
    let state: Uint8Array;
    try {
      decision = this.#engine!.decide(request);
      state = sha256(this.#engine!.state());
    } catch (error) {
      this.reason = `the engine failed at record ${seq}: ${(error as Error).message}`;
      return;
    }
    const recorded = bytes.subarray(body.decision, body.decisionEnd);
    const recordedState = bytes.subarray(body.stateDigest, body.stateDigest + HASH_BYTES);
    this.divergence = difference(seq, 'decision', recorded, decision) ?? difference(seq, 'state', recordedState, state);
    if (!this.divergence) this.replayed++;
  }
}

function difference(
  seq: number,
  part: Divergence['part'],
  recorded: Uint8Array,
  replayed: Uint8Array,
): Divergence | undefined {
  const length = Math.max(recorded.length, replayed.length);
  let at = 0;
  while (at < length && recorded[at] === replayed[at]) at++;
  return at === length ? undefined : { seq, part, at, recorded: toHex(recorded), replayed: toHex(replayed) };
}
