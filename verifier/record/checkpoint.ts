// Owns: checkpoints (SPEC §9.5): C2SP tlog-checkpoint, a signed note (C2SP signed-note) of origin, size and root. It
// reads strictly: every text has one meaning, and only the one base64 of its bytes is accepted.
// Excludes: whether the origin, size and root are the log's (verify.ts).
import { toHex, utf8 } from './bytes.ts';
import { verifyEd25519 } from './ed25519.ts';
import { sha256 } from '../sha256/native.ts';

const ED25519 = 1;
const KEY_HASH_BYTES = 4;
const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const ROOT_BYTES = 32;

// A name as signed-note wants it: not empty, no space, no plus.
const NAME = String.raw`[^\s+\p{Cc}]+`;
const VKEY = new RegExp(`^(${NAME})\\+([0-9a-f]{8})\\+([A-Za-z0-9+/=]+)$`, 'u');
const SIGNATURE = new RegExp(`^— (${NAME}) ([A-Za-z0-9+/=]+)$`, 'u');

/** The public key of a checkpoint's signer, with its name. */
export interface Vkey {
  name: string;
  keyHash: Uint8Array;
  publicKey: Uint8Array;
}

export interface Checkpoint {
  origin: string;
  size: number;
  root: Uint8Array;
  /** The bytes under the signatures. */
  text: Uint8Array;
  signatures: { name: string; keyHash: Uint8Array; signature: Uint8Array }[];
}

/** The key of a vkey text, or undefined if it is none for Ed25519. */
export function parseVkey(text: string): Vkey | undefined {
  const [, name, hash, encoded] = VKEY.exec(text) ?? [];
  const key = encoded === undefined ? undefined : fromBase64(encoded);
  if (key?.length !== 1 + PUBLIC_KEY_BYTES || key[0] !== ED25519) return undefined;
  const keyHash = sha256(utf8(`${name}\n`), key).subarray(0, KEY_HASH_BYTES);
  if (toHex(keyHash) !== hash) return undefined;
  return { name: name!, keyHash, publicKey: key.slice(1) };
}

/** The vkey in the text of a file: its only line besides comments and empty lines. */
export function parseVkeyFile(text: string): Vkey | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  return lines.length === 1 ? parseVkey(lines[0]!) : undefined;
}

/** The checkpoint in the bytes, or undefined if they are none. Nothing of it is verified. */
export function parseCheckpoint(bytes: Uint8Array): Checkpoint | undefined {
  const note = strictText(bytes);
  const split = note?.indexOf('\n\n') ?? -1;
  if (note === undefined || split < 0 || !note.endsWith('\n')) return undefined;
  const [origin, size, root, ...extensions] = note.slice(0, split).split('\n');
  if (!origin || !/^(0|[1-9]\d{0,15})$/.test(size ?? '') || extensions.length > 0) return undefined;
  if (!Number.isSafeInteger(Number(size))) return undefined;
  const rootBytes = fromBase64(root ?? '');
  if (rootBytes?.length !== ROOT_BYTES) return undefined;
  const lines = note.slice(split + 2, -1).split('\n');
  const signatures = lines.map(parseSignature).filter((signature) => signature !== undefined);
  if (signatures.length !== lines.length) return undefined;
  return { origin, size: Number(size), root: rootBytes, text: utf8(note.slice(0, split + 1)), signatures };
}

/** Whether the holder of `vkey` signed the checkpoint. */
export async function isSignedBy(checkpoint: Checkpoint, vkey: Vkey): Promise<boolean> {
  for (const { name, keyHash, signature } of checkpoint.signatures) {
    if (name !== vkey.name || keyHash.some((byte, i) => byte !== vkey.keyHash[i])) continue;
    return signature.length === SIGNATURE_BYTES && verifyEd25519(vkey.publicKey, checkpoint.text, signature);
  }
  return false;
}

function parseSignature(line: string): Checkpoint['signatures'][number] | undefined {
  const [, name, encoded] = SIGNATURE.exec(line) ?? [];
  const bytes = encoded === undefined ? undefined : fromBase64(encoded);
  if (bytes === undefined || bytes.length <= KEY_HASH_BYTES) return undefined;
  return { name: name!, keyHash: bytes.subarray(0, KEY_HASH_BYTES), signature: bytes.subarray(KEY_HASH_BYTES) };
}

// UTF-8 without any control character but line feeds.
function strictText(bytes: Uint8Array): string | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
  return /[^\P{Cc}\n]/u.test(text) ? undefined : text;
}

// atob takes spare bits and white space. Here each sequence of bytes has one text.
function fromBase64(text: string): Uint8Array | undefined {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return undefined;
  }
  return btoa(binary) === text ? Uint8Array.from(binary, (character) => character.charCodeAt(0)) : undefined;
}
