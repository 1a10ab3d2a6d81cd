// Which engines, programs and layers may be run in a replay. A trust file has lines of a SHA-256 in lower-case hex, two spaces
// and a name (as sha256sum prints them); empty lines and lines starting with `#` say nothing.
import { readShipped } from '../log-files.ts';

/** SHA-256 (lower-case hex) → name. */
export type Trust = ReadonlyMap<string, string>;

/** What a trust file says, or the first line (from 1) that says nothing. */
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

/** The engine and the presets that this release ships, from `trusted.txt` beside this file. */
export async function readShippedTrust(): Promise<Trust> {
  const parsed = parseTrust(new TextDecoder().decode(await readShipped('trusted.txt')));
  if ('line' in parsed) throw new RangeError(`trusted.txt is damaged in line ${parsed.line}`);
  return parsed.trust;
}
