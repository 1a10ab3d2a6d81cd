// Owns: the options that say what vouches for a log, as `plumb verify` and `plumb replay` take them.

import type { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { PlumblineError } from '../error.ts';
import { parseIssuers, parseVkeyFile, type Anchors } from '../../verifier/index.ts';
import { readInput } from './input.ts';
import { KEY_HELP, readSeedOption } from './key-option.ts';
import { UsageError } from './report-error.ts';

export interface AnchorOptions {
  key?: string;
  pubkey?: string;
  checkpoint?: string;
  issuers?: string;
}

export function addAnchorOptions(command: Command): Command {
  return command
    .option('--key <SEED>', KEY_HELP)
    .option('--pubkey <FILE>', 'the public key of the checkpoints: a file as `signing.pub` among the keys')
    .option('--checkpoint <FILE>', 'a checkpoint kept elsewhere, which the log must continue; needs --pubkey')
    .option('--issuers <FILE>', 'a JWK Set: whose grants count, in place of whom the log itself names');
}

/** @throws {PlumblineError} `key-…`, `unreadable`, `pubkey-malformed`, `issuers-malformed` */
export async function readAnchors({ key, pubkey, checkpoint, issuers }: AnchorOptions): Promise<Anchors> {
  if (checkpoint !== undefined && pubkey === undefined) {
    throw new UsageError('--checkpoint needs --pubkey', 'without the key of its signer a checkpoint says nothing');
  }
  const anchors: Anchors = {};
  if (key !== undefined) anchors.seed = (await readSeedOption(key)).bytes();
  if (pubkey !== undefined) {
    const vkey = parseVkeyFile(await readInput(pubkey));
    if (vkey === undefined) {
      throw new PlumblineError('pubkey-malformed', `${pubkey} is not the public key of checkpoints`, {
        hint: 'it is a line NAME+HASH+KEY, of type Ed25519; `plumb init` makes it as signing.pub',
      });
    }
    anchors.vkey = vkey;
  }
  if (checkpoint !== undefined) anchors.checkpoint = readBytes(checkpoint);
  if (issuers !== undefined) {
    const parsed = parseIssuers(await readInput(issuers));
    if (parsed === undefined) {
      throw new PlumblineError('issuers-malformed', `${issuers} is not a trust set`, {
        hint: 'it is a JWK Set of Ed25519 public keys',
      });
    }
    anchors.issuers = parsed;
  }
  return anchors;
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new PlumblineError('unreadable', `${file} cannot be read`, { cause });
  }
}
