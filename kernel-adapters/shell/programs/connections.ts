// Owns: whom programs connect to that talk to another machine directly, and the local files they hand over.
// Excludes: hosts told by settings, as an ssh alias is.

import type { Program } from '../facts.ts';
import { has, lineOf, valuesOf } from './options.ts';
import { literal, type Argument } from '../word.ts';

const netcat: Program = (args, facts) => {
  const line = lineOf(args, { values: 'p s w e c i q X x I O T exec sh-exec wait source source-port' });
  const [host, port] = line.operands;
  const udp = has(line, 'u', 'udp');
  if (valuesOf(line, 'e', 'c', 'exec', 'sh-exec').length > 0 || valuesOf(line, 'x').length > 0) facts.unknown();
  if (has(line, 'l', 'listen')) {
    const listening = valuesOf(line, 'p', 'source-port')[0] ?? port ?? host;
    facts.listen('0.0.0.0', portOf(listening));
  } else if (host && port) facts.connect(host, portOf(port), udp ? 'udp' : 'tcp');
  else if (host) facts.unknown();
};

const telnet: Program = (args, facts) => {
  const [host, port] = lineOf(args, { values: 'l' }).operands;
  if (host) facts.connect(host, port ? portOf(port) : 23);
  else facts.unknown();
};

/** NaN, which is the port of no endpoint, if the text does not tell. */
const portOf = (argument: Argument | undefined): number =>
  /^\d+$/.test(argument?.value ?? '') ? Number(argument!.value) : NaN;

const SSH_VALUES = 'b c D E e F I i J L l m O o p Q R S W w B P';

const ssh: Program = (args, facts) => {
  const line = lineOf(args, { values: SSH_VALUES, leading: true });
  const [destination, ...command] = line.operands;
  for (const key of valuesOf(line, 'i')) facts.file('file.read', key);
  if (destination) facts.connect(afterUser(destination), sshPort(valuesOf(line, 'p')[0]));
  // Tunnels, proxies and other settings; and what runs on the other side, unless nothing does.
  const elsewhere = !has(line, 'N') || command.length > 0;
  if (elsewhere || !destination || has(line, 'D', 'F', 'J', 'L', 'o', 'R', 'W')) facts.unknown();
};

const sshPort = (port: Argument | undefined): number => (port ? portOf(port) : 22);

function afterUser(argument: Argument): Argument {
  if (argument.value === undefined) return argument;
  return literal(argument.value.replace(/^ssh:\/\//, '').replace(/^[^@]*@/, ''));
}

/** `scp`, `rsync`, `sftp`: operands are local paths, `HOST:PATH` or URLs. */
const remoteCopy: Program = (args, facts) => {
  const line = lineOf(args, { values: 'i P p F J l o c S e f T exclude include rsh port password-file' });
  for (const key of valuesOf(line, 'i', 'password-file')) facts.file('file.read', key);
  if (['F', 'J', 'o', 'S', 'e', 'rsh'].some((name) => valuesOf(line, name).length > 0)) facts.unknown();
  const deep = has(line, 'r', 'a', 'recursive', 'archive') ? 'any' : 'file';
  for (const [at, operand] of line.operands.entries()) {
    const host = /^(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+):(?!\/\/)/.exec(operand.value ?? '')?.[1];
    const last = at > 0 && at === line.operands.length - 1;
    if (host !== undefined) facts.connect(literal(host.replace(/^\[|\]$/g, '')), sshPort(valuesOf(line, 'P')[0]));
    else if (/^\w+:\/\//.test(operand.value ?? '')) facts.url('GET', operand);
    else facts.file(last ? 'file.write' : 'file.read', operand, last ? 'any' : deep);
  }
  if (line.operands.length < 2) facts.unknown();
};

export const CONNECTION_PROGRAMS: Record<string, Program> = {
  nc: netcat,
  ncat: netcat,
  netcat,
  telnet,
  ssh,
  scp: remoteCopy,
  sftp: remoteCopy,
  rsync: remoteCopy,
};
