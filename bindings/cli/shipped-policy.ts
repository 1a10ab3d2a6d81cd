// Owns: the compiled form that a preset ships beside its sources, so that nothing is parsed where they are as they were
// shipped.
// Trusts: the installed package, as for all of its code. Excludes: where a preset lies (policy-source.ts).

import { createHash } from 'node:crypto';
import { schemaOfProgram, type Policy, type PolicySources } from '../../engine/compiler/index.ts';

/** The file in a preset's directory. `npm run trust` writes it. */
export const SHIPPED_FILE = 'compiled.json';

interface Shipped {
  /** SHA-256 in hex of the sources it was compiled from and of the rest of this. */
  digest: string;
  sensitive: readonly string[];
  /** Base64. */
  program: string;
}

/** The text of the file for a policy that was compiled. */
export function shippedText({ program, sources, sensitive }: Policy): string {
  const rest = { sensitive, program: Buffer.from(program).toString('base64') };
  return `${JSON.stringify({ digest: digestOf(sources, rest), ...rest }, null, 2)}\n`;
}

/** The policy that the file's text holds; undefined if it was made from other sources, or is not as it was made. */
export function shippedPolicy(text: string, sources: PolicySources): Policy | undefined {
  const { digest, ...rest } = parse(text);
  if (digest !== digestOf(sources, rest)) return undefined;
  const { sensitive, program: encoded } = rest as Shipped;
  const program = new Uint8Array(Buffer.from(encoded, 'base64'));
  return { program, sources: { ...sources, schema: schemaOfProgram(program, sources.schema, sensitive) }, sensitive };
}

function parse(text: string): Partial<Shipped> {
  try {
    return (JSON.parse(text) as Partial<Shipped> | null) ?? {};
  } catch {
    return {};
  }
}

/** Of all that a program is compiled from, in one text; the files' names are not in it. */
function digestOf({ schema, policies, labels, links = [], authority }: PolicySources, rest: Partial<Shipped>): string {
  const texts = [schema.text, policies.map(({ text }) => text), labels.map(({ text }) => text)];
  const { sensitive, program } = rest;
  return createHash('sha256')
    .update(JSON.stringify([...texts, links, authority, sensitive, program]))
    .digest('hex');
}
