// Owns: files of signed grants, which are chains (one token per line, from the objective on), and of trust sets.
// Excludes: judging them.

import { writeFile } from 'node:fs/promises';
import { type Grant, type GrantRefusal, readGrant } from '../authority/grant.ts';
import { parseTrustSet, type TrustSet } from '../authority/issuer-key.ts';
import { PlumblineError } from '../error.ts';
import { readInput } from './input.ts';
import { write } from './output.ts';

/** The tokens of a chain. Whether they count is not asked. @throws {PlumblineError} `unreadable` */
export async function readTokens(file: string): Promise<string[]> {
  return (await readInput(file)).split('\n').filter((line) => line !== '');
}

/** What the grants of a chain say. @throws {PlumblineError} `unreadable`, `grant-…` */
export async function readChain(file: string): Promise<Grant[]> {
  const tokens = await readTokens(file);
  if (tokens.length === 0) throw new PlumblineError('grant-truncated', `${file}: there is no grant`);
  return tokens.map((token, index) => {
    const read = readGrant(token);
    if ('grant' in read) return read.grant;
    throw refused(read.refusal, `${file}:${index + 1}`);
  });
}

/** @throws {PlumblineError} `unreadable`, `trust-malformed` */
export async function readTrust(file: string): Promise<TrustSet> {
  return parseTrustSet(await readInput(file), file);
}

export const chainText = (chain: readonly Grant[]): string => chain.map(({ token }) => `${token}\n`).join('');

/** Writes a new file; to standard output if its name is `-`. @throws {PlumblineError} `exists`, `unwritable` */
export async function writeNew(file: string, text: string): Promise<void> {
  if (file === '-') return void (await write(text));
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new PlumblineError('unwritable', `${file} cannot be written`, { cause });
    }
    throw new PlumblineError('exists', `${file} exists and is not overwritten`, { hint: 'name another file', cause });
  }
}

/** A refusal as what it is on the command line: the verb could not do what it was asked. */
export function refused({ code, message }: GrantRefusal, place?: string): PlumblineError {
  return new PlumblineError(code, place === undefined ? message : `${place}: ${message}`);
}
