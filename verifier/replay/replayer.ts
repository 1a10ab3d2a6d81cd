// Owns: giving the records of one log to its recorded engine, and comparing the answers: SPEC §7. It stops at the first
// divergence, since every later state depends on it.
// Trusts: engines, programs and layers by their digests; it runs no others.
import { fromHex, same, toHex } from '../record/bytes.ts';
import { Engine } from './engine.ts';
import { layerSetDigest } from '../record/layer-sets.ts';
import type { LogFiles } from '../log-files.ts';
import { LoadedLayers } from './loaded-layers.ts';
import { BLOB_BYTES_MAX } from '../record/limits.ts';
import type { Decided, Header } from '../record/payload.ts';
import type { Divergence } from '../report.ts';
import type { Visited } from '../log/segment.ts';
import { HASH_BYTES } from '../sha256/hasher.ts';
import { sha256 } from '../sha256/native.ts';
import type { Trust } from './trust.ts';

export class Replayer {
  readonly #trusted: Trust;
  readonly #files: LogFiles;
  #engine: Engine | undefined;
  #layers: LoadedLayers | undefined;
  // By the digest of each set made known so far: its layers (all hex).
  readonly #sets = new Map<string, string[]>();
  /** Digest of the set that is loaded. */
  #loaded: Uint8Array = new Uint8Array();
  #state: Uint8Array = new Uint8Array();
  // After an erased request the state is unknown, up to the next state that is recorded.
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
    // A recorded state is needed only after a gap; elsewhere it is the replayed one, whose digest was compared.
    if (body.type === 'header' || body.type === 'snapshot') this.#resume(body.state.bytes);
    if (body.type === 'grant') this.#makeKnown(body.layers);
    if (body.type === 'event') this.#note(seq, body.event, body.stateDigest);
    if (body.type === 'outcome' && body.event) this.#note(seq, body.event, body.stateDigest!);
    if (body.type !== 'decision') return undefined;
    if (!request) this.#stateIsKnown = false;
    if (request && this.#stateIsKnown) return this.#decide(seq, request, body, bytes);
    this.skipped++;
    return undefined;
  }

  async #start(header: Header): Promise<void> {
    try {
      const [wasm, program] = [await this.#blob('engine', header.engine), await this.#blob('program', header.program)];
      this.#engine = new Engine(wasm);
      this.#layers = new LoadedLayers(this.#engine, program, (layer) => this.#blob('layer', fromHex(layer)));
      this.#state = header.state.bytes;
      await this.#load(this.#makeKnown(header.layers));
    } catch (error) {
      this.reason = (error as Error).message;
    }
  }

  #makeKnown(layers: Uint8Array[]): Uint8Array {
    const digest = layerSetDigest(layers);
    this.#sets.set(toHex(digest), layers.map(toHex));
    return digest;
  }

  async #load(set: Uint8Array): Promise<void> {
    await this.#layers!.change(this.#sets.get(toHex(set))!, this.#state);
    this.#loaded = set;
  }

  async #blob(what: string, digest: Uint8Array): Promise<Uint8Array> {
    const hex = toHex(digest);
    if (!this.#trusted.has(hex)) throw new RangeError(`${what} ${hex} is not trusted`);
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
    this.#state = state;
    this.#stateIsKnown = true;
  }

  // Returns a promise only if another layer set has to be loaded.
  #decide(seq: number, request: Uint8Array, body: Decided, bytes: Uint8Array): Promise<void> | undefined {
    const set = this.#setFor(body, bytes);
    if (!set) {
      this.#replay(seq, request, body, bytes);
      return undefined;
    }
    return this.#load(set).then(
      () => this.#replay(seq, request, body, bytes),
      (error: unknown) => {
        this.reason = (error as Error).message;
      },
    );
  }

  // The layer set to load for a request, unless it is loaded already. It is the one that the request names. If that is
  // unknown, it is the one that the decision says was loaded.
  #setFor(body: Decided, bytes: Uint8Array): Uint8Array | undefined {
    const named = body.requests > 0 ? bytes.subarray(body.authority, body.authority + HASH_BYTES) : undefined;
    if (named && same(named, this.#loaded)) return undefined;
    const loaded = bytes.subarray(body.loaded, body.loaded + HASH_BYTES);
    const set = [named, loaded].find((digest) => digest && this.#sets.has(toHex(digest)));
    return set && !same(set, this.#loaded) ? set.slice() : undefined;
  }

  #note(seq: number, event: Uint8Array, stateDigest: Uint8Array): void {
    if (!this.#stateIsKnown) return;
    let code: number;
    try {
      code = this.#engine!.note(event);
      this.#state = this.#engine!.state();
    } catch (error) {
      this.reason = `the engine failed at record ${seq}: ${(error as Error).message}`;
      return;
    }
    // An event that the engine refuses has no state after it.
    const state = code === 0 ? sha256(this.#state) : new Uint8Array();
    this.divergence = difference(seq, 'state', stateDigest, state);
  }

  #replay(seq: number, request: Uint8Array, body: Decided, bytes: Uint8Array): void {
    let decision: Uint8Array;
    let state: Uint8Array;
    try {
      decision = this.#engine!.decide(request);
      this.#state = this.#engine!.state();
      state = sha256(this.#state);
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
