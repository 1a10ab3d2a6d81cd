// Owns: reading what people write of grants, in JSON or YAML, before it is signed.
// Excludes: judging it. A file of its own, because a run reads signed grants alone, and `yaml` takes its time to load.

import { parse } from 'yaml';
import { PlumblineError } from '../error.ts';
import { readInput } from './input.ts';

/** What a file of JSON or YAML states. @throws {PlumblineError} `unreadable`, `grant-malformed` */
export async function readAuthored(file: string): Promise<unknown> {
  const text = await readInput(file);
  try {
    // No aliases: what a grant says stands where it is said.
    return parse(text, { maxAliasCount: 0 }) as unknown;
  } catch (cause) {
    throw new PlumblineError('grant-malformed', `${file}: ${(cause as Error).message.split('\n', 1)[0]}`, {
      hint: 'it is JSON or YAML, as docs/schema/grant.schema.json describes it',
      cause,
    });
  }
}
