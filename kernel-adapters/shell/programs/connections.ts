// Owns: whom programs connect to that talk to another machine directly, and the local files they hand over.
// Excludes: hosts told by settings, as an ssh alias is.

import type { Facts, Program } from '../facts.ts';
import { has, lineOf, valuesOf } from './options.ts';
import { literal, type Argument } from '../word.ts';

const netcat: Program = (args, facts) => {
  // Only what the several programs of this name agree on.
  const line = lineOf(args, facts, { flags: 'u v z n l k 4 6', values: 'p s w i e' });
  if (has(line, 'e')) facts.unknown();
  const [host, port, ...more] = line.operands;
  if (more.length > 0) facts.unknown();
  if (has(line, 'l')) {
    const listening = valuesOf(line, 'p')[0] ?? port ?? host;
    facts.listen('0.0.0.0', portOf(listening));
  } else if (host && port) facts.connect(host, portOf(port), has(line, 'u') ? 'udp' : 'tcp');
  else if (host) facts.unknown();
};

const telnet: Program = (args, facts) => {
  const [host, port] = lineOf(args, facts, { values: 'l' }).operands;
  if (host) facts.connect(host, port ? portOf(port) : 23);
  else facts.unknown();
};

/** NaN, which is the port of no endpoint, if the text does not tell. */
const portOf = (argument: Argument | undefined): number =>
  /^\d+$/.test(argument?.value ?? '') ? Number(argument!.value) : NaN;

const ssh: Program = (args, facts) => {
  const line = lineOf(args, facts, { flags: 'N n T t v q x C f 4 6', values: 'b c e l m p i', leading: true });
  const [destination, ...command] = line.operands;
  for (const key of valuesOf(line, 'i')) facts.file('file.read', key);
  if (destination) facts.connect(afterUser(destination), sshPort(valuesOf(line, 'p')[0]));
  // What runs on the other side, unless nothing does.
  if (!has(line, 'N') || command.length > 0 || !destination) facts.unknown();
};

const sshPort = (port: Argument | undefined): number => (port ? portOf(port) : 22);

function afterUser(argument: Argument): Argument {
  if (argument.value === undefined) return argument;
  return literal(argument.value.replace(/^ssh:\/\//, '').replace(/^[^@]*@/, ''));
}

/** Operands are local paths, `HOST:PATH` or URLs; the last one is written. */
function copy(operands: readonly Argument[], port: number, deep: 'any' | 'file', facts: Facts): void {
  for (const [at, operand] of operands.entries()) {
    const [, host, module] = /^(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+):(:?)(?!\/\/)/.exec(operand.value ?? '') ?? [];
    const last = at > 0 && at === operands.length - 1;
    if (host !== undefined) facts.connect(literal(host.replace(/^\[|\]$/g, '')), module === ':' ? 873 : port);
    else if (/^\w+:\/\//.test(operand.value ?? '')) facts.url('GET', operand);
    else facts.file(last ? 'file.write' : 'file.read', operand, last ? 'any' : deep);
  }
  if (operands.length < 2) facts.unknown();
}

const scp: Program = (args, facts) => {
  const line = lineOf(args, facts, { flags: 'r p q v C B 4 6', values: 'i P l c' });
  for (const key of valuesOf(line, 'i')) facts.file('file.read', key);
  copy(line.operands, sshPort(valuesOf(line, 'P')[0]), has(line, 'r') ? 'any' : 'file', facts);
};

const rsync: Program = (args, facts) => {
  const line = lineOf(args, facts, {
    flags:
      'a v z r l p t g o D h n u q c x P progress stats archive verbose compress recursive human-readable dry-run update checksum',
    values: 'exclude include bwlimit timeout',
  });
  copy(line.operands, 22, has(line, 'r', 'a', 'recursive', 'archive') ? 'any' : 'file', facts);
};

/** What is asked of the other side comes from its standard input, or is a path there. */
const sftp: Program = (args, facts) => {
  const [destination] = lineOf(args, facts, { flags: 'q v C', values: 'P' }).operands;
  facts.unknown();
  const host = /^(?:[^@/]*@)?([^:/]+)(:|$)/.exec(destination?.value ?? '')?.[1];
  if (host !== undefined) facts.connect(literal(host), 22);
};

export const CONNECTION_PROGRAMS: Record<string, Program> = {
  nc: netcat,
  ncat: netcat,
  netcat,
  telnet,
  ssh,
  scp,
  sftp,
  rsync,
};
