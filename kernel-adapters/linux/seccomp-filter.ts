// Owns: assembling a seccomp filter, classic BPF, from rules as plain data.
// Trusts: the rules.
// Excludes: which calls they name.

import { E, seccomp, type LinuxAbi, type SyscallName } from './abi.ts';

/** What the filter does with a call: lets it through, puts it to the supervisor, or has it return an errno; the errno 0
 * has it return 0 without being done. */
export type FilterAnswer = 'allow' | 'notify' | { errno: number };

/** Holds if the low 32 bits of an argument (`high`: the high ones), masked, are among `in`; `not`: are not. */
export interface Condition {
  arg: 0 | 1 | 2 | 3 | 4 | 5;
  high?: true;
  mask?: number;
  in: readonly number[];
  not?: true;
}

/** The first case of which all conditions hold answers; none holds: `otherwise`. */
export interface ArgumentRule {
  cases?: readonly { when: readonly Condition[]; answer: FilterAnswer }[];
  otherwise: FilterAnswer;
}

export interface Rule extends ArgumentRule {
  call: SyscallName;
}

// BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JA, BPF_JMP|BPF_JEQ|BPF_K, BPF_JMP|BPF_JGT|BPF_K, BPF_JMP|BPF_JGE|BPF_K,
// BPF_ALU|BPF_AND|BPF_K, BPF_RET|BPF_K
const LD = 0x20;
const JA = 0x05;
const JEQ = 0x15;
const JGT = 0x25;
const JGE = 0x35;
const AND = 0x54;
const RET = 0x06;
const INSTRUCTION_BYTES = 8;
/** BPF_MAXINSNS. */
const INSTRUCTIONS_MAX = 4096;
const JUMP_MAX = 255;

type Instruction = [code: number, jumpTrue: number, jumpFalse: number, operand: number];

const { data, RET: ACTION } = seccomp;
const ret = (action: number): Instruction => [RET, 0, 0, action];
const actionOf = (answer: FilterAnswer): number => {
  if (answer === 'allow') return ACTION.ALLOW;
  if (answer === 'notify') return ACTION.USER_NOTIF;
  if (!Number.isInteger(answer.errno) || answer.errno < 0 || answer.errno > 4095) {
    throw new RangeError(`an errno is an integer from 0 to 4095, not ${answer.errno}`);
  }
  return ACTION.ERRNO | answer.errno;
};

/** A condition, ending in a jump over `rest` instructions if it fails; it falls through if it holds. */
function condition({ arg, high, mask, in: values, not }: Condition, rest: number): Instruction[] {
  if (values.length === 0) throw new RangeError('a condition names at least one value');
  const load: Instruction[] = [[LD, 0, 0, data.args + 8 * arg + (high ? 4 : 0)]];
  if (mask !== undefined) load.push([AND, 0, 0, mask]);
  const compare = values.map<Instruction>((value, index) => {
    const left = values.length - 1 - index;
    const toPass = left;
    const toFail = left + rest;
    const onMatch = not ? toFail : toPass;
    const onLastMiss = not ? toPass : toFail;
    if (toFail > JUMP_MAX) throw new RangeError('a case is too long for one jump');
    return [JEQ, onMatch, left === 0 ? onLastMiss : 0, value];
  });
  return [...load, ...compare];
}

function body({ cases = [], otherwise }: Rule): Instruction[] {
  const compiled = cases.map(({ when, answer }) =>
    // From the last to the first: each condition has to know how many instructions follow it.
    when
      .toReversed()
      .reduce<Instruction[]>((tail, item) => [...condition(item, tail.length), ...tail], [ret(actionOf(answer))]),
  );
  return [...compiled.flat(), ret(actionOf(otherwise))];
}

/** struct sock_filter[], as bytes. Calls of another architecture kill; those later than `abi.lastNr` do not exist. */
export function assemble(abi: LinuxAbi, rules: readonly Rule[]): Uint8Array {
  const named = new Set<string>();
  const program: Instruction[] = [
    [LD, 0, 0, data.arch],
    [JEQ, 1, 0, abi.auditArch],
    ret(ACTION.KILL_PROCESS),
    [LD, 0, 0, data.nr],
  ];
  if (abi.foreignNr !== undefined) program.push([JGE, 0, 1, abi.foreignNr], ret(ACTION.KILL_PROCESS));
  for (const rule of rules) {
    if (named.has(rule.call)) throw new TypeError(`two rules for ${rule.call}`);
    named.add(rule.call);
    const nr = abi.NR[rule.call];
    // A call this architecture does not have.
    if (nr < 0) continue;
    const instructions = body(rule);
    if (instructions.length <= JUMP_MAX) program.push([JEQ, 0, instructions.length, nr], ...instructions);
    else program.push([JEQ, 1, 0, nr], [JA, 0, 0, instructions.length], ...instructions);
  }
  // A call that came after the table was written does not exist until the table has a word on it.
  program.push([JGT, 0, 1, abi.lastNr], ret(ACTION.ERRNO | E.NOSYS), ret(ACTION.ALLOW));
  if (program.length > INSTRUCTIONS_MAX) throw new RangeError(`${program.length} instructions are too many`);

  const bytes = new Uint8Array(program.length * INSTRUCTION_BYTES);
  const view = new DataView(bytes.buffer);
  program.forEach(([code, jumpTrue, jumpFalse, operand], index) => {
    const at = index * INSTRUCTION_BYTES;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, jumpTrue);
    view.setUint8(at + 3, jumpFalse);
    view.setUint32(at + 4, operand >>> 0, true);
  });
  return bytes;
}
