// Owns: a command under the floor alone: Landlock and the filter of plumb run, in which nothing is put to a supervisor.
// Call: node floor.ts DIRECTORY COMMAND..., where the command may write. Passes its status through. Mediates nothing.

import process from 'node:process';
import { floorOf } from '../../bindings/run/floor.ts';
import { mintAuthority } from '../../bindings/run/authority.ts';
import { readGrant } from '../../bindings/authority/grant.ts';
import { hostRuntime } from '../../bindings/runtime/index.ts';
import { assemble, endAs, filterRules, hostAbi, hostSys, launch, STALL_MS } from '../../kernel-adapters/linux/index.ts';
import type { Rule } from '../../kernel-adapters/linux/seccomp-filter.ts';

const unasked = ({ call, cases = [], otherwise }: Rule): Rule => ({
  call,
  cases: cases.map(({ when, answer }) => ({ when, answer: answer === 'notify' ? 'allow' : answer })),
  otherwise: otherwise === 'notify' ? 'allow' : otherwise,
});

const [directory, ...command] = process.argv.slice(2) as [string, string, ...string[]];
const sys = await hostSys();
const scope = { read: ['/'], write: [directory, '/dev/null', '/tmp'], exec: ['/'] };
const { tokens } = mintAuthority(scope, command, directory, directory, await hostRuntime());
const grants = tokens.map(readGrant).flatMap((read) => ('grant' in read ? [read.grant] : []));
const run = await launch({
  command: command[0]!,
  args: command.slice(1),
  env: { PATH: process.env['PATH']! },
  cwd: directory,
  floor: floorOf(grants).floor,
  filter: assemble(hostAbi, filterRules({ uid: process.getuid!(), gid: process.getgid!() }).map(unasked)),
  stallMs: STALL_MS,
  sys,
});
const pulse = setInterval(run.heartbeat, run.beatMs);
run.go();
const ending = await run.exited;
clearInterval(pulse);
run.close();
endAs(sys, ending);
