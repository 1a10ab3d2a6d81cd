// Owns: the command line that puts an attack or a program under `plumb run`.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PLUMB_MAIN } from '../built.ts';
import type { Scope } from './attacks/run.ts';

export const PLUMB: readonly string[] = [process.execPath, PLUMB_MAIN];

const POLICY = `@id("granted") permit (principal, action, resource);
@id("no-egress") forbid (principal, action in Action::"communicate", resource) when { context.labels.contains("secret") };
`;
const LABELS = `@id("confidential") @label("secret") @sticky
permit (principal, action == Action::"file.read", resource) when { context.name == "confidential" };
`;

/** A policy under which nothing that read a file called `confidential` communicates. */
export function writePolicy(directory: string): string {
  const policy = join(directory, 'policy');
  mkdirSync(policy);
  writeFileSync(join(policy, 'policy.cedar'), POLICY);
  writeFileSync(join(policy, 'labels.cedar'), LABELS);
  writeFileSync(join(policy, 'policy.json'), '{ "authority": "required" }');
  return policy;
}

/** Where runs of any user are recorded. */
export function recordsIn(directory: string): string {
  const records = join(directory, 'records');
  mkdirSync(records);
  chmodSync(records, 0o1777);
  return records;
}

const each = (option: string, entries: readonly string[]): string[] => entries.flatMap((entry) => [option, entry]);

/** `plumb run` with a scope, recorded under `records`. */
export function plumbRun(
  { read, write, exec, connect, listen }: Scope,
  argv: readonly string[],
  { records, policy, protect = [] }: { records: string; policy?: string; protect?: readonly string[] },
): string[] {
  return [
    '/usr/bin/env',
    `XDG_STATE_HOME=${records}`,
    ...PLUMB,
    'run',
    '--quiet',
    ...(policy === undefined ? [] : ['--policy', policy]),
    ...each('--read', read),
    ...each('--write', write),
    ...each('--exec', exec),
    ...each('--connect', connect),
    ...each('--listen', listen),
    ...each('--protect', protect),
    '--',
    ...argv,
  ];
}
