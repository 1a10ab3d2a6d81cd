// Owns: what this machine really enforces, found out by trying each denial in a process that is thrown away.
// Excludes: what the supervisor decides. Nothing here trusts a version number.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { x64 } from './abi-x64.ts';

/** `isEnforced`: it was tried, and came out as it has to. `detail`: what the kernel said. */
export interface Finding {
  what: string;
  isEnforced: boolean;
  detail: string;
}

/** Tried in this order, each kind in a process of its own: what it puts on itself it cannot take off again. */
const KINDS = ['landlock', 'filter', 'listener', ...(process.arch === x64.arch ? ['foreign'] : [])] as const;

const script = fileURLToPath(import.meta.url.replace(/probe\.(\w+)$/, 'probe-child.$1'));

async function tryKind(kind: (typeof KINDS)[number]): Promise<Finding[]> {
  const child = spawn(process.execPath, [script, kind], { stdio: ['ignore', 'pipe', 'pipe'], env: {} });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ?? `status ${code}`));
  });
  const [lines, said, how] = await Promise.all([
    text(child.stdout satisfies Readable),
    text(child.stderr satisfies Readable),
    ended,
  ]);
  // It is meant to be killed by what it tries.
  if (kind === 'foreign') return [{ what: 'calls of another architecture', isEnforced: how === 'SIGSYS', detail: how }];
  const findings = lines
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Finding);
  if (how === 'status 0') return findings;
  return [...findings, { what: kind, isEnforced: false, detail: said.trim() === '' ? how : said.trim() }];
}

/** Findings in a fixed order. A guarded run is possible here only if all are enforced. */
export async function probe(): Promise<Finding[]> {
  const children = `/proc/self/task/${process.pid}/children`;
  const findings: Finding[] = [{ what: 'lists of children', isEnforced: existsSync(children), detail: children }];
  for (const kind of KINDS) findings.push(...(await tryKind(kind)));
  return findings;
}
