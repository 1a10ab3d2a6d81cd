// Owns: the list of engines, programs and layers that a replay may run. Each line of a trust file is a SHA-256 in
// lower-case hex, two spaces and a name, as sha256sum prints it; empty lines and lines that start with `#` are skipped.
// Trusts: trusted.txt, which is shipped with the verifier.
import { readShipped } from '../log-files.ts';

/** SHA-256 (lower-case hex) → name. */
export type Trust = ReadonlyMap<string, string>;

/** The digests of a trust file, or the first line (from 1) that is none of its form. */
export function parseTrust(text: string): { trust: Trust } | { line: number } {
  const trust = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const [, digest, name] = /^([0-9a-f]{64}) {2}(\S.*)$/.exec(line) ?? [];
    if (digest === undefined || name === undefined) return { line: index + 1 };
    trust.set(digest, name);
  }
  return { trust };
}

/** The engine and the presets that this release ships. */
export async function readShippedTrust(): Promise<Trust> {
  const parsed = parseTrust(new TextDecoder().decode(await readShipped('trusted.txt')));
  if ('line' in parsed) throw new RangeError(`trusted.txt is damaged in line ${parsed.line}`);
  return parsed.trust;
}
