// Owns: the verification of a log (SPEC §9.7): it has each segment checked, checks that the segments fit together, and
// judges checkpoints, tiles, blobs and grants.
// Trusts: the anchors alone.
import { AuthorityCheck } from './grants/authority.ts';
import type { NamedSet } from './grants/authority.ts';
import { same, toHex } from './record/bytes.ts';
import { NOTHING_YET, identity, notBefore } from './log/chain.ts';
import type { Misplaced, SegmentEnd, SegmentStart } from './log/chain.ts';
import { isSignedBy, parseCheckpoint, parseVkey } from './record/checkpoint.ts';
import type { Checkpoint, Vkey } from './record/checkpoint.ts';
import type { Finding } from './record/finding.ts';
import { malformed, tampered } from './record/finding.ts';
import type { Issuers } from './grants/issuers.ts';
import { KnownSets, layerSetDigest } from './record/layer-sets.ts';
import { openLog } from './log-files.ts';
import { OperatingError } from './operating-error.ts';
import type { LogFiles } from './log-files.ts';
import { BLOB_BYTES_MAX, CHECKPOINT_BYTES_MAX, PROGRAM_BYTES_MAX } from './record/limits.ts';
import type { Ms } from './record/ms.ts';
import type { Header } from './record/payload.ts';
import { plan } from './log/plan.ts';
import { VERDICTS, type Verdict } from './record/decision.ts';
import type { AuthorityReport, Status, UncheckedLayer, VerifyReport } from './report.ts';
import { inParallel } from './log/runner.ts';
import type { SegmentRunner } from './log/runner.ts';
import { segmentName } from './log/segment.ts';
import type { Progress, Reached, SegmentResult } from './log/segment.ts';
import { sensitiveNames } from './log/sensitive.ts';
import { SeqSet } from './log/seq-set.ts';
import { hostHasher } from './sha256/host.ts';
import { sha256OfChunks } from './sha256/native.ts';
import { checkTile, checkTilesEnd } from './log/tiles.ts';
import { Tree, join } from './log/tree.ts';
import type { Tile } from './log/tree.ts';

const SEED_BYTES = 32;

/** Anchors from outside the log. */
export interface Anchors {
  /** The 32 bytes of SPEC §9.2. */
  seed?: Uint8Array;
  /** The key of the signer of the log's checkpoints. */
  vkey?: Vkey;
  /** The bytes of a checkpoint signed by that key. The log must be its continuation. */
  checkpoint?: Uint8Array;
  /** The trust set, in place of the one that the log names. */
  issuers?: Issuers;
}

/**
 * Checks the log in `directory`, segments in parallel.
 * Rejects if there is no log, the log cannot be read or the signer did not sign the checkpoint given
 * (`OperatingError`), if a seed is of another length (`RangeError`), or if a checkpoint is given without a vkey
 * (`TypeError`). `progress`: see `createProgress`.
 */
export async function verifyLog(directory: string, options: Anchors & { progress?: Progress }): Promise<VerifyReport> {
  const runner = inParallel(directory, await hostHasher(), options.progress);
  return verifyFiles(openLog(directory), options, runner);
}

/** As `verifyLog`, of a log that lies anywhere, by `runner`. */
export async function verifyFiles(files: LogFiles, anchors: Anchors, runner: SegmentRunner): Promise<VerifyReport> {
  const checked = await checkAnchors(anchors);
  if (await holdsNoLog(files)) {
    throw new OperatingError('no-log', 'the directory holds no log', 'a log has at least the file 00000000.cborseq');
  }
  return new Verification(files, checked, runner).run();
}

async function holdsNoLog(files: LogFiles): Promise<boolean> {
  if ((await files.segments()).length > 0) return false;
  for (const file of ['checkpoint', 'published']) if (await files.whole(file, 0)) return false;
  for (const folder of ['blobs', 'tile', 'disclosures']) if ((await files.names(folder)).length > 0) return false;
  return true;
}

interface CheckedAnchors {
  seed: Uint8Array | undefined;
  vkey: Vkey | undefined;
  checkpoint: Checkpoint | undefined;
  issuers: Issuers | undefined;
}

async function checkAnchors({ seed, vkey, checkpoint: note, issuers }: Anchors): Promise<CheckedAnchors> {
  if (seed && seed.length !== SEED_BYTES) throw new RangeError(`a seed is ${SEED_BYTES} bytes`);
  if (!note) return { seed, vkey, checkpoint: undefined, issuers };
  if (!vkey) throw new TypeError('a checkpoint needs the vkey of its signer');
  const checkpoint = parseCheckpoint(note);
  if (checkpoint && (await isSignedBy(checkpoint, vkey))) return { seed, vkey, checkpoint, issuers };
  throw new OperatingError(
    'bad-checkpoint',
    checkpoint ? `the checkpoint given is not signed by ${vkey.name}` : 'what was given is not a checkpoint',
    'give the whole text that was published',
  );
}

/** The last decision of a segment under one layer set that did not block. */
interface Allowing {
  timeMs: Ms;
  seq: number;
  file: string;
  /** Offset of its payload in the file. */
  payload: number;
}

/** A checkpoint, and the file of the log that holds it; undefined for the one given. */
interface Placed {
  file: string | undefined;
  checkpoint: Checkpoint;
}

class Verification {
  readonly #files: LogFiles;
  readonly #anchors: CheckedAnchors;
  readonly #runner: SegmentRunner;
  readonly #tree: Tree;
  #end: SegmentEnd = NOTHING_YET;
  // By layer set: the last decision in each segment that did not block.
  readonly #allowing = new Map<string, Allowing[]>();
  // That the seed given is not the log's.
  #otherSeed: Finding | undefined;
  // Records that checkpoints by the vkey given cover.
  #vouched = 0;
  #header: Header | undefined;
  #segments = 0;
  // Only the last segment may lack its records, or the snapshot that must follow its header.
  #lacksHeader = false;
  #lacksSnapshot = false;
  #records = 0;
  #erased = 0;
  #short = 0;
  // The seqs of decisions, by segment.
  readonly #decisions: SeqSet[] = [];
  readonly #verdicts = VERDICTS.map(() => 0);
  // The layer sets made known so far, and their digests.
  readonly #sets: NamedSet[] = [];
  readonly #known = new KnownSets();
  readonly #granted: SegmentResult['granted'] = [];
  // The names in `blobs/`, of which there may be many that nothing names.
  #present: ReadonlySet<string> = new Set();
  #authority: AuthorityReport | undefined;
  #unchecked: UncheckedLayer[] = [];
  readonly #roots = new Map<number, Uint8Array>();

  constructor(files: LogFiles, anchors: CheckedAnchors, runner: SegmentRunner) {
    this.#files = files;
    this.#anchors = anchors;
    this.#runner = runner;
    this.#tree = new Tree(runner.tileRoot);
  }

  async run(): Promise<VerifyReport> {
    const missing: string[] = [];
    const read = await this.#checkpoints();
    const checkpoints = 'expected' in read ? [] : read;
    const finding =
      (await this.#readSegments(checkpoints)) ??
      (await this.#checkTiles(this.#tree.unfinished())) ??
      (await checkTilesEnd(this.#files, this.#records)) ??
      ('expected' in read ? read : await this.#judge(checkpoints)) ??
      (await this.#checkDisclosuresLeft()) ??
      (await this.#checkBlobs(missing)) ??
      (await this.#checkGrants(missing));
    return this.#report(finding, checkpoints, missing);
  }

  #report(finding: Finding | undefined, checkpoints: Placed[], missing: string[]): VerifyReport {
    const checkpointed = finding ? 0 : Math.max(0, ...checkpoints.map(({ checkpoint }) => checkpoint.size));
    const other = finding ? undefined : (this.#otherSeed ?? this.#otherVkey());
    const bySeed = this.#anchors.seed && !this.#otherSeed ? this.#records : 0;
    const authenticated = finding ? 0 : Math.max(bySeed, this.#vouched);
    const sealed = !finding && this.#end.closed && checkpointed === this.#records;
    const report: VerifyReport = {
      status: finding?.status ?? status(missing, other, authenticated, sealed),
      records: this.#records,
      verdicts: Object.fromEntries(VERDICTS.map((verdict, i) => [verdict, this.#verdicts[i]!])) as Record<
        Verdict,
        number
      >,
      authenticated,
      checkpointed,
      sealed,
      erased: this.#erased,
      short: this.#short,
      missing,
      unchecked: this.#unchecked,
      hashing: this.#runner.hashing,
    };
    if (this.#header) {
      report.origin = this.#header.origin;
      report.logNumber = this.#header.logNumber;
      report.firstMs = Number(this.#header.timeMs);
      report.lastMs = Number(this.#end.timeMs ?? this.#header.timeMs);
    }
    if (this.#authority) report.authority = this.#authority;
    if (this.#end.dropped !== undefined) report.dropped = this.#end.dropped;
    const fault = finding ?? (report.status === 'other-key' ? other : undefined);
    if (fault) {
      const { seq, file = '', offset, expected, found } = fault;
      report.fault = { ...(seq !== undefined && { seq }), file, offset, expected, found };
    }
    return report;
  }

  async #readSegments(checkpoints: Placed[]): Promise<Finding | undefined> {
    const sizes = new Set(checkpoints.map(({ checkpoint }) => checkpoint.size));
    this.#roots.set(0, this.#tree.root());
    const { tasks, after, otherKey } = await plan(
      this.#files,
      this.#anchors.seed,
      [...sizes].toSorted((a, b) => a - b),
    );
    this.#otherSeed = otherKey;
    for await (const result of this.#runner.run(tasks)) {
      const finding = await this.#join(result);
      const here = segmentName(this.#segments);
      if (finding && (finding.file ?? here) === here) return { seq: this.#end.seq, ...finding, file: here };
      if (finding) return finding;
      this.#segments++;
    }
    if (after) return { seq: this.#end.seq, ...after };
    if (this.#records > 0) return undefined;
    return { ...malformed({ offset: 0, expected: 'a header', found: 'no record' }), file: segmentName(0), seq: 0 };
  }

  async #join(result: SegmentResult): Promise<Finding | undefined> {
    const { start, end, records, payloads, finding } = result;
    if (this.#end.closed) return tampered(0, 'nothing after the close record', 'a segment');
    if (this.#lacksHeader) {
      const expected = malformed({ offset: 0, expected: 'a header', found: 'the end' });
      return { ...expected, file: segmentName(this.#segments - 1), seq: this.#end.seq };
    }
    this.#lacksHeader = records === 0;
    if (!start) return finding;
    const misplaced = this.#follows(start);
    if (misplaced) return tampered(payloads[0]!, ...misplaced);
    const epochBegins = this.#end.epochEnded;
    if (start.snapshot !== undefined && start.snapshot !== epochBegins) {
      const words = ['the snapshot that an epoch begins with', 'a snapshot only where an epoch begins'] as const;
      const [expected, found] = epochBegins ? [words[0], 'another record'] : [words[1], 'a snapshot'];
      return { ...tampered(payloads[1]!, expected, found), seq: start.header.seq + 1 };
    }
    this.#lacksSnapshot = epochBegins && records === 1;
    if (!this.#header) {
      const { layers, sources, timeMs } = (this.#header = start.header);
      this.#makeKnown({ seq: 0, layers, sources, timeMs: Number(timeMs), current: true });
    }
    const wrong = this.#assumedWrongly(result);
    this.#count(wrong ? { ...wrong.at, records: wrong.at.seq - start.header.seq } : result);
    if (wrong) return { ...tampered(wrong.at.payload, ...wrong.misplaced), seq: wrong.at.seq };
    for (const { seq, grant } of result.granted) {
      this.#makeKnown({ seq, ...grant, timeMs: Number(grant.timeMs) });
    }
    this.#granted.push(...result.granted);
    this.#decisions.push(SeqSet.of(start.header.seq, result.decisions));
    for (const { digest, lastMs, seq, payload } of result.allowing) {
      const those = this.#allowing.get(toHex(digest)) ?? [];
      those.push({ timeMs: lastMs!, seq, payload, file: segmentName(this.#segments) });
      this.#allowing.set(toHex(digest), those);
    }
    this.#end = { ...end, requestMs: end.requestMs ?? this.#end.requestMs };
    if (finding) return finding;
    for (const [size, root] of join(this.#tree, result.tree)) this.#roots.set(size, root);
    return this.#checkTiles(this.#tree.finished.splice(0));
  }

  // The first record of a segment that fits its segment, but not the segments before it.
  #assumedWrongly({ assumed }: SegmentResult): { at: Reached; misplaced: Misplaced } | undefined {
    const leastMs = this.#end.requestMs ?? this.#header!.timeMs;
    for (const at of assumed) {
      const { authority, requestMs, decision } = at;
      if (authority && !this.#known.find(authority, 0)) {
        return { at, misplaced: ['a layer set made known before', toHex(authority)] };
      }
      if (requestMs !== undefined && requestMs < leastMs) {
        return { at, misplaced: [notBefore(leastMs), `a request at ${requestMs}`] };
      }
      if (decision !== undefined && !this.#decisions.some((seqs) => seqs.has(decision))) {
        return { at, misplaced: ['the outcome of a decision before', `one of record ${decision}`] };
      }
    }
    return undefined;
  }

  #count({ records, verdicts, erased, short }: Pick<SegmentResult, 'records' | 'verdicts' | 'erased' | 'short'>): void {
    this.#records += records;
    this.#erased += erased;
    this.#short += short;
    for (const [i, count] of verdicts.entries()) this.#verdicts[i]! += count;
  }

  #makeKnown(set: NamedSet): void {
    this.#known.add(layerSetDigest(set.layers));
    // A set without layers needs no grant.
    if (set.layers.length > 0) this.#sets.push(set);
  }

  // Whether a segment begins where the one before ended.
  #follows({ header, epoch, stateDigest }: SegmentStart): Misplaced | undefined {
    const end = this.#end;
    if (this.#lacksSnapshot) return ['the snapshot that an epoch begins with', 'a header'];
    if (end.dropped !== undefined) return ['the close after a recovery', 'a header'];
    if (header.seq !== end.seq) return [`header for seq ${end.seq}`, `header for seq ${header.seq}`];
    const running = end.epochEnded ? end.epoch + 1 : end.epoch;
    if (epoch !== running) return [`epoch ${running}`, `epoch ${epoch}`];
    const root = this.#tree.root();
    if (!same(header.tree.root, root)) return [`a tree of root ${toHex(root)}`, toHex(header.tree.root)];
    if (!this.#header) return undefined;
    if (header.timeMs < end.timeMs!) return [notBefore(end.timeMs!), `a header at ${header.timeMs}`];
    const { version } = header.state;
    if (version !== end.version) return [`a state of version ${end.version}`, `${version}`];
    if (!same(stateDigest, end.stateDigest)) return [`state ${toHex(end.stateDigest)}`, toHex(stateDigest)];
    const [first, here] = [identity(this.#header), identity(header)];
    return first === here ? undefined : [first, here];
  }

  async #checkTiles(tiles: Tile[]): Promise<Finding | undefined> {
    for (const tile of tiles) {
      const finding = await checkTile(this.#files, tile);
      if (finding) return finding;
    }
    return undefined;
  }

  async #judge(checkpoints: Placed[]): Promise<Finding | undefined> {
    for (const { file, checkpoint } of checkpoints) {
      const wrong = (file && (await this.#judgeSigner(checkpoint))) || this.#judgeContent(checkpoint);
      if (wrong) return { ...tampered(0, ...wrong), file: file ?? 'the checkpoint given' };
      await this.#vouch(checkpoint);
    }
    return undefined;
  }

  async #judgeSigner(checkpoint: Checkpoint): Promise<Misplaced | undefined> {
    const named = this.#header!.vkeys.map((vkey) => parseVkey(vkey)!);
    const signed = await Promise.all(named.map((vkey) => isSignedBy(checkpoint, vkey)));
    if (signed.includes(true)) return undefined;
    return ['a right signature by a key that the header names', `one by ${checkpoint.signatures[0]!.name}`];
  }

  async #vouch(checkpoint: Checkpoint): Promise<void> {
    const { vkey } = this.#anchors;
    if (!vkey || !this.#isNamed(vkey) || !(await isSignedBy(checkpoint, vkey))) return;
    this.#vouched = Math.max(this.#vouched, checkpoint.size);
  }

  #isNamed({ name, publicKey }: Vkey): boolean {
    return this.#header!.vkeys.map((vkey) => parseVkey(vkey)!).some(
      (named) => named.name === name && same(named.publicKey, publicKey),
    );
  }

  #otherVkey(): Finding | undefined {
    const { vkey } = this.#anchors;
    if (!vkey || this.#isNamed(vkey)) return undefined;
    const names = this.#header!.vkeys.map((text) => parseVkey(text)!.name).join();
    const [expected, found] = [`the public key given, of ${vkey.name}, among the header's`, `those of ${names}`];
    return { status: 'other-key', offset: 0, expected, found, file: segmentName(0), seq: 0 };
  }

  #judgeContent({ origin, size, root }: Checkpoint): Misplaced | undefined {
    if (origin !== this.#header!.origin) return [`origin ${this.#header!.origin}`, origin];
    if (size > this.#records) return [`${size} records`, `${this.#records} records`];
    const wanted = this.#roots.get(size)!;
    return same(root, wanted) ? undefined : [`root ${toHex(wanted)} at ${size} records`, toHex(root)];
  }

  // A writer that died may have left disclosures of records that it did not write any more.
  async #checkDisclosuresLeft(): Promise<Finding | undefined> {
    if (!this.#end.closed) return undefined;
    const names = (await this.#files.names('disclosures')).filter((name) => /^\d{8}\.cborseq$/.test(name)).toSorted();
    const stray = names.find((name) => Number(name.slice(0, 8)) >= this.#segments);
    if (stray === undefined) return undefined;
    return { ...tampered(0, `disclosures of ${this.#segments} segments`, 'more'), file: `disclosures/${stray}` };
  }

  async #checkBlobs(missing: string[]): Promise<Finding | undefined> {
    const present = (this.#present = new Set(await this.#files.names('blobs')));
    for (const [name, seq] of this.#namedBlobs()) {
      if (!present.has(name)) {
        missing.push(name);
        continue;
      }
      const file = `blobs/${name}`;
      const { bytes } = await this.#files.ends(file, 0, 0);
      const isProgram = name === toHex(this.#header!.program);
      const bytesMax = isProgram ? PROGRAM_BYTES_MAX : BLOB_BYTES_MAX;
      if (bytes > bytesMax) {
        return { ...tampered(0, `a blob of at most ${bytesMax} bytes`, `${bytes} bytes`), file, seq };
      }
      const found = toHex(await sha256OfChunks(this.#files.chunks(file)));
      if (found !== name) return { ...tampered(0, `SHA-256 ${name}`, found), file, seq };
      // Else nothing says what is redacted.
      if (isProgram && !sensitiveNames((await this.#files.whole(file, bytesMax))!)) {
        return { ...tampered(0, 'a program with a schema section', `${bytes} bytes that are none`), file, seq };
      }
    }
    return undefined;
  }

  // Digest (hex) → the first record that names it.
  #namedBlobs(): Map<string, number> {
    const { engine, program, layers, sources, trustSet } = this.#header!;
    const named = new Map<string, number>();
    const name = (digests: Uint8Array[], seq: number) => {
      for (const hex of digests.map(toHex)) if (!named.has(hex)) named.set(hex, seq);
    };
    name([engine, program, ...layers, ...sources, ...(trustSet ? [trustSet] : [])], 0);
    for (const { seq, grant } of this.#granted) name([...grant.layers, ...grant.sources], seq);
    return named;
  }

  async #checkGrants(missing: string[]): Promise<Finding | undefined> {
    if (this.#sets.length === 0) return undefined;
    const check = new AuthorityCheck(this.#files, this.#header!, this.#present, missing);
    const { report, finding } = await check.run(this.#sets, this.#anchors.issuers);
    this.#authority = report;
    this.#unchecked = check.unchecked;
    return finding ?? this.#checkExpiry(report);
  }

  // Whether the decisions under each layer set came before its grants expired.
  #checkExpiry({ sets }: AuthorityReport): Finding | undefined {
    for (const { layers, chain } of sets) {
      const endMs = Math.min(...chain.map(({ expiresS }) => expiresS! * 1000));
      // Times of records never go back, so if any decision of a segment came too late, the last one did.
      const late = this.#allowing.get(layers)?.find(({ timeMs }) => timeMs >= endMs);
      if (!late) continue;
      const { payload, timeMs, file, seq } = late;
      const [expected, found] = [`block from ${endMs} on, when a grant expires`, `another decision at ${timeMs}`];
      return { ...tampered(payload, expected, found), file, seq };
    }
    return undefined;
  }

  // The log's own checkpoints and the one given, or the fault of a file that is none.
  async #checkpoints(): Promise<Placed[] | Finding> {
    const { checkpoint } = this.#anchors;
    const placed: Placed[] = checkpoint ? [{ file: undefined, checkpoint }] : [];
    for (const file of ['checkpoint', 'published']) {
      const bytes = await this.#files.whole(file, CHECKPOINT_BYTES_MAX);
      if (!bytes) continue;
      const own = bytes.length > CHECKPOINT_BYTES_MAX ? undefined : parseCheckpoint(bytes);
      // Nothing authenticates the bytes of another signature.
      if (own?.signatures.length !== 1) {
        return {
          ...malformed({ offset: 0, expected: 'a checkpoint with one signature', found: `${bytes.length} bytes` }),
          file,
        };
      }
      placed.push({ file, checkpoint: own });
    }
    return placed;
  }
}

function status(missing: string[], other: Finding | undefined, authenticated: number, sealed: boolean): Status {
  if (missing.length > 0) return 'not-replayed';
  if (other) return 'other-key';
  if (authenticated === 0) return 'unauthenticated';
  return sealed ? 'authenticated' : 'unsealed';
}
