// Feeds the records of one log to its recorded engine and compares what comes out. SPEC §7.
// Runs nothing whose digest is not trusted; stops at the first divergence, since every later state depends on it.
import { sha256 } from '@noble/hashes/sha2.js';
import { Engine } from './engine.ts';
import { toHex } from './keys.ts';
import type { LogFiles } from './log-files.ts';
import type { Body, Decided, Header } from './payload.ts';
import type { Divergence } from './report.ts';
import type { Trust } from './trust.ts';

// What bears a trusted name may still be something else, of any size; engines and programs are far below this.
const BLOB_BYTES_MAX = 1 << 24;

export class Replayer {
  readonly #trusted: Trust;
  readonly #files: LogFiles;
  #engine: Engine | undefined;
  replayed = 0;
  divergence: Divergence | undefined;
  /** Why replay did not start or stopped, if not for a divergence. */
  reason: string | undefined;

  constructor(trusted: Trust, files: LogFiles) {
    this.#trusted = trusted;
    this.#files = files;
  }

  visit(body: Body, seq: number): Promise<void> | undefined {
    if (this.divergence || this.reason !== undefined) return undefined;
    // A later header repeats the first, and its state is the one replayed before: the chain has checked both.
    if (body.type === 'header') return this.#engine ? undefined : this.#start(body);
    if (body.type === 'decision') this.#replay(body, seq);
    return undefined;
  }

  async #start(header: Header): Promise<void> {
    try {
      const engine = new Engine(await this.#trustedBlob('engine', header.engine));
      // What the engine refuses is left unloaded, as it was for the writer; the decisions show whether that is so.
      engine.load(await this.#trustedBlob('program', header.program));
      for (const layer of header.layers) engine.pushLayer(await this.#trustedBlob('layer', layer));
      engine.setState(header.state);
      this.#engine = engine;
    } catch (error) {
      this.reason = (error as Error).message;
    }
  }

  async #trustedBlob(what: string, name: Uint8Array): Promise<Uint8Array> {
    const hex = toHex(name);
    if (!this.#trusted.has(hex)) throw new RangeError(`${what} ${hex} is not trusted`);
    if (!(await this.#files.blobs()).has(hex)) throw new RangeError(`${what} ${hex} is not in blobs/`);
    const bytes = await readWhole(this.#files.chunks(`blobs/${hex}`), `${what} ${hex}`);
    if (toHex(sha256(bytes)) !== hex) throw new RangeError(`${what} ${hex} is not what blobs/ has under that name`);
    return bytes;
  }

  #replay(body: Decided, seq: number): void {
    let decision: Uint8Array;
    let state: Uint8Array;
    try {
      decision = this.#engine!.decide(body.request);
      state = sha256(this.#engine!.state());
    } catch (error) {
      this.reason = `the engine failed at record ${seq}: ${(error as Error).message}`;
      return;
    }
    this.divergence =
      difference(seq, 'decision', body.decision, decision) ?? difference(seq, 'state', body.stateDigest, state);
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

async function readWhole(chunks: AsyncIterable<Uint8Array>, what: string): Promise<Uint8Array> {
  const parts: BlobPart[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > BLOB_BYTES_MAX) throw new RangeError(`${what} has over ${BLOB_BYTES_MAX} bytes in blobs/`);
    parts.push(chunk as BufferSource);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
