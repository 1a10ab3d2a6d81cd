// Owns: the compiled form that a preset ships beside its sources, so that nothing is parsed where they are as they were
// shipped.
// Trusts: the installed package, as for all of its code. Excludes: where a preset lies (policy-source.ts).

import { createHash } from 'node:crypto';
import * as files from 'node:fs';
import { join } from 'node:path';
import { schemaOfProgram, type Policy, type PolicySources } from '../../engine/compiler/index.ts';
import { PlumblineError } from '../error.ts';
import { readRegular } from '../files/regular-file.ts';

/** The file in a preset's directory. `npm run trust` writes it. */
export const SHIPPED_FILE = 'compiled.json';

/** Far more than the largest preset has. */
const BYTES_MAX = 1 << 20;

interface Shipped {
  /** SHA-256 in hex of all the rest of the file: by it a damaged file is told from one that was made from others. */
  digest: string;
  /** SHA-256 in hex of the sources it was compiled from. */
  sources: string;
  /** Base64. */
  program: string;
}

/** The text of the file for a policy that was compiled. */
export function shippedText({ program, sources }: Policy): string {
  const rest = { sources: digestOf(sources), program: Buffer.from(program).toString('base64') };
  return `${JSON.stringify({ digest: sha256(JSON.stringify(rest)), ...rest }, null, 2)}\n`;
}

/**
 * The policy that a preset ships compiled; undefined if it ships none, or was made from other sources.
 * @throws {PlumblineError} `preset-damaged`
 */
export function shippedPolicy(directory: string, sources: PolicySources): Policy | undefined {
  const shipped = readShipped(join(directory, SHIPPED_FILE));
  if (shipped?.sources !== digestOf(sources)) return undefined;
  const program = new Uint8Array(Buffer.from(shipped.program, 'base64'));
  return { program, sources: { ...sources, schema: schemaOfProgram(program, sources.schema) } };
}

function readShipped(path: string): Shipped | undefined {
  try {
    const { digest, ...rest } = JSON.parse(Buffer.from(readRegular(path, files, BYTES_MAX)).toString()) as Shipped;
    if (digest !== sha256(JSON.stringify(rest))) throw new Error(`${path} is not as it was made`);
    return { digest, ...rest };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new PlumblineError('preset-damaged', `${path} cannot be used: ${message}`, {
      hint: 'install Plumbline again; without this file the preset is compiled from the sources beside it',
      cause,
    });
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Of all that a program is compiled from, in one text; the files' names are not in it. */
function digestOf({ schema, policies, labels, links = [], authority }: PolicySources): string {
  const texts = [schema.text, policies.map(({ text }) => text), labels.map(({ text }) => text)];
  return sha256(JSON.stringify([...texts, links, authority]));
}
