// Owns: whether the layer sets that a log names come from grants that count: SPEC §11.5. It reads layers, tokens, the
// program and the trust set from `blobs/`.
import { same, toHex, utf8 } from '../record/bytes.ts';
import { parseVkey } from '../record/checkpoint.ts';
import type { Finding } from '../record/finding.ts';
import { tampered } from '../record/finding.ts';
import type { Grant } from './grant.ts';
import { GrantChains } from './grant-chain.ts';
import type { Link } from './grant-chain.ts';
import { parseIssuers } from './issuers.ts';
import type { Issuers } from './issuers.ts';
import { layerFault, schemaOf } from './layer-bytes.ts';
import { layerSetDigest } from '../record/layer-sets.ts';
import type { LogFiles } from '../log-files.ts';
import { PROGRAM_BYTES_MAX, TOKEN_CHARACTERS_MAX, TRUST_SET_BYTES_MAX } from '../record/limits.ts';
import type { Header } from '../record/payload.ts';
import type { AuthorityReport, GrantReport, UncheckedLayer } from '../report.ts';
import { sha256 } from '../sha256/native.ts';

// SPEC §8: a layer starts with "PLMB", version 2 and no flags, and has its subject and uses at fixed places.
const LAYER_START = Uint8Array.of(0x50, 0x4c, 0x4d, 0x42, 2, 0, 0, 0);
const LAYER_HEADER_BYTES = 68;
const SUBJECT_AT = 32;
const USES_AT = 64;

/** A layer set, and the record that names it. */
export interface NamedSet {
  seq: number;
  layers: Uint8Array[];
  /** The record's own. */
  sources: Uint8Array[];
  timeMs: number;
  /** Whether requests from there on are judged under it, unless they have another authority. */
  current: boolean;
}

interface Layer {
  token: string;
  tokenHex: string;
  uses: number;
}

export class AuthorityCheck {
  readonly #files: LogFiles;
  readonly #header: Header;
  readonly #present: ReadonlySet<string>;
  readonly #missing: string[];
  // By digest: layer sets have most of their layers in common.
  readonly #layers = new Map<string, Layer | Finding | 'missing'>();
  // Digests of the layers that are what their grants make.
  readonly #made = new Set<string>();
  #schema: Uint8Array | Finding | 'missing' | undefined;
  /** The layers whose grants list `forbid`. */
  readonly unchecked: UncheckedLayer[] = [];

  /** `present`: the names in `blobs/`. A blob that is needed and not among them is added to `missing`. */
  constructor(files: LogFiles, header: Header, present: ReadonlySet<string>, missing: string[]) {
    this.#files = files;
    this.#header = header;
    this.#present = present;
    this.#missing = missing;
  }

  /** `given`: a trust set from outside, in place of the one recorded. Ends at the first set that does not count. */
  async run(
    sets: readonly NamedSet[],
    given: Issuers | undefined,
  ): Promise<{ report: AuthorityReport; finding: Finding | undefined }> {
    const report: AuthorityReport = { issuers: given ? 'given' : 'recorded', sets: [] };
    const recorded = given ?? (await this.#recordedIssuers());
    if (recorded === 'missing') return { report, finding: undefined };
    if ('expected' in recorded) return { report, finding: recorded };
    const mediators = this.#header.vkeys.map((vkey) => parseVkey(vkey)!.publicKey);
    const chains = new GrantChains(recorded, mediators);
    for (const set of sets) {
      const finding = await this.#checkSet(set, chains, report);
      if (finding) return { report, finding: { ...finding, seq: set.seq } };
    }
    return { report, finding: undefined };
  }

  async #checkSet(set: NamedSet, chains: GrantChains, report: AuthorityReport): Promise<Finding | undefined> {
    const sources = new Set([...this.#header.sources, ...set.sources].map(toHex));
    const layers: Layer[] = [];
    let isWhole = true;
    for (const digest of set.layers) {
      const layer = await this.#layer(digest);
      if (layer === 'missing') isWhole = false;
      else if ('expected' in layer) return layer;
      else if (!sources.has(layer.tokenHex)) return unlisted(digest, layer);
      else layers.push(layer);
    }
    if (!isWhole) return undefined;
    const tokens = layers.map(({ token }) => token);
    const { nowMs, session } = { nowMs: set.timeMs, session: this.#header.origin };
    const { links, refusal } = await chains.check(tokens, { nowMs, session });
    report.sets.push({
      seq: set.seq,
      layers: toHex(layerSetDigest(set.layers)),
      current: set.current,
      chain: links.map((link, i) => grantReport(link, layers[i]!)),
      ...(refusal && { refusal }),
    });
    if (refusal) {
      const file = `blobs/${layers[refusal.grant]!.tokenHex}`;
      return { ...tampered(0, 'a grant that counts', `${refusal.code}: ${refusal.message}`), file };
    }
    for (const [i, { grant }] of links.entries()) {
      const [wanted, found] = [grant!.uses ?? 0, layers[i]!.uses];
      if (wanted !== found) {
        return { ...tampered(USES_AT, `${wanted} uses, as its grant has`, `${found}`), file: blob(set.layers[i]!) };
      }
      const fault = await this.#checkLayer(set.layers[i]!, grant!);
      if (fault) return fault;
    }
    return undefined;
  }

  /** Whether a layer is what its grant makes, as far as that can be told. The grant is one that counts. */
  async #checkLayer(digest: Uint8Array, grant: Grant): Promise<Finding | undefined> {
    const hex = toHex(digest);
    if (this.#made.has(hex)) return undefined;
    const schema = (this.#schema ??= await this.#readSchema());
    if (schema === 'missing') return undefined;
    if ('expected' in schema) return schema;
    const layer = await this.#readBlob(digest, PROGRAM_BYTES_MAX, 'a layer');
    if ('expected' in layer) return layer;
    const subject = sha256(utf8(grant.token));
    const { level, statement } = grant;
    const fault = layerFault(layer, grant, { subject, schema });
    if (fault) {
      const expected = `the layer of ${level} ${JSON.stringify(statement)}, grant ${toHex(subject)}: ${fault.expected}`;
      return { ...tampered(fault.offset, expected, fault.found), file: blob(digest) };
    }
    this.#made.add(hex);
    const { forbids } = grant.scope;
    if (forbids > 0) this.unchecked.push({ layer: hex, token: toHex(subject), level, statement, forbids });
    return undefined;
  }

  async #readSchema(): Promise<Uint8Array | Finding | 'missing'> {
    const { program: digest } = this.#header;
    if (!this.#isPresent(toHex(digest))) return 'missing';
    const program = await this.#readBlob(digest, PROGRAM_BYTES_MAX, 'a program');
    if ('expected' in program) return program;
    const schema = schemaOf(program);
    return (
      schema ?? {
        ...tampered(0, 'a program, since there are layers', `${program.length} bytes that are none`),
        file: blob(digest),
      }
    );
  }

  /** The bytes that a digest names in `blobs/`. */
  async #readBlob(digest: Uint8Array, bytesMax: number, what: string): Promise<Uint8Array | Finding> {
    const file = blob(digest);
    const bytes = (await this.#files.whole(file, bytesMax)) ?? new Uint8Array();
    if (bytes.length > bytesMax) return { ...tampered(0, `${what} of at most ${bytesMax} bytes`, 'more'), file };
    const found = sha256(bytes);
    return same(found, digest) ? bytes : { ...tampered(0, `SHA-256 ${toHex(digest)}`, toHex(found)), file };
  }

  async #layer(digest: Uint8Array): Promise<Layer | Finding | 'missing'> {
    const hex = toHex(digest);
    let layer = this.#layers.get(hex);
    if (!layer) this.#layers.set(hex, (layer = await this.#readLayer(digest)));
    return layer;
  }

  async #readLayer(digest: Uint8Array): Promise<Layer | Finding | 'missing'> {
    if (!this.#isPresent(toHex(digest))) return 'missing';
    const file = blob(digest);
    const { head } = await this.#files.ends(file, LAYER_HEADER_BYTES, 0);
    const start = head.subarray(0, LAYER_START.length);
    if (head.length < LAYER_HEADER_BYTES || !same(start, LAYER_START)) {
      return { ...tampered(0, 'a layer', `${head.length} bytes ${toHex(start)}`), file };
    }
    const subject = head.slice(SUBJECT_AT, USES_AT);
    if (subject.every((byte) => byte === 0)) return { ...tampered(SUBJECT_AT, 'the digest of a grant', 'zeros'), file };
    const uses = new DataView(head.buffer, head.byteOffset).getUint32(USES_AT, true);
    const token = await this.#readToken(subject);
    return typeof token === 'string' ? { token, tokenHex: toHex(subject), uses } : (token ?? 'missing');
  }

  async #readToken(subject: Uint8Array): Promise<string | Finding | undefined> {
    if (!this.#isPresent(toHex(subject))) return undefined;
    const bytes = await this.#readBlob(subject, TOKEN_CHARACTERS_MAX, 'a token');
    if ('expected' in bytes) return bytes;
    // A token is ASCII. Any other byte becomes a character that no token has.
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  }

  async #recordedIssuers(): Promise<Issuers | Finding | 'missing'> {
    const { trustSet } = this.#header;
    if (!trustSet) return new Map();
    if (!this.#isPresent(toHex(trustSet))) return 'missing';
    const bytes = await this.#readBlob(trustSet, TRUST_SET_BYTES_MAX, 'a trust set');
    if ('expected' in bytes) return { ...bytes, seq: 0 };
    const issuers = parseIssuers(new TextDecoder().decode(bytes));
    const none = { ...tampered(0, 'a trust set', `${bytes.length} bytes that are none`), file: blob(trustSet), seq: 0 };
    return issuers ?? none;
  }

  #isPresent(hex: string): boolean {
    if (this.#present.has(hex)) return true;
    if (!this.#missing.includes(hex)) this.#missing.push(hex);
    return false;
  }
}

function unlisted(digest: Uint8Array, { tokenHex }: Layer): Finding {
  return { ...tampered(SUBJECT_AT, 'a grant among the sources', tokenHex), file: blob(digest) };
}

function grantReport({ grant, signature }: Link, { tokenHex }: Layer): GrantReport {
  if (!grant) return { token: tokenHex, signature };
  const { level, statement, issuer, expiresS, session, uses } = grant;
  return {
    token: tokenHex,
    signature,
    level,
    statement,
    issuer,
    expiresS,
    ...(session !== undefined && { session }),
    ...(uses !== undefined && { uses }),
  };
}

function blob(digest: Uint8Array): string {
  return `blobs/${toHex(digest)}`;
}
