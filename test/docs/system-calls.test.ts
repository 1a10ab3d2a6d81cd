// docs/system-calls.md is the table of system calls, written out. `npx vitest run test/docs/system-calls -u` writes it
// anew.

import { expect, test } from 'vitest';
import { arm64 } from '../../kernel-adapters/linux/abi-arm64.ts';
import { x64 } from '../../kernel-adapters/linux/abi-x64.ts';
import { callsOf, SYSCALLS, type Fate } from '../../kernel-adapters/linux/syscalls.ts';

const FATES: [fate: Fate, title: string, meaning: string][] = [
  [
    'decided',
    'Decided',
    'The supervisor puts the requests in the last column to the mediator, and then makes the call itself, on the object that was decided on.',
  ],
  [
    'own-thread',
    'For threads of the caller',
    'A call for the calling thread is let through. One that names a thread by number is put to the supervisor: it is done if the thread is of the same process, and fails with EPERM otherwise. So does a call for a group or a user.',
  ],
  [
    'answered',
    'Answered',
    'The supervisor lets the kernel do the call, always. If the supervisor is gone, the call fails.',
  ],
  ['ruled', 'Ruled by arguments', 'The filter lets the call through, but for the arguments in the last column.'],
  ['absent', 'Absent', 'The call fails with ENOSYS, as on a kernel without it.'],
  ['refused', 'Refused', 'The call fails with EPERM.'],
];

const number = (nr: number): string => (nr < 0 ? '–' : String(nr));

function written(): string {
  const sections = FATES.map(([fate, title, meaning]) => {
    const rows = callsOf(fate).map(
      (call) => `| \`${call}\` | ${number(x64.NR[call])} | ${number(arm64.NR[call])} | ${SYSCALLS[call].why} |`,
    );
    return [`## ${title}`, '', meaning, '', '| call | x86-64 | arm64 | |', '|---|---|---|---|', ...rows, ''].join('\n');
  });
  return `# System calls of a guarded tree

This page says what \`plumb run\` does with each system call of the guarded tree, and why. A test writes the page from the
table in [kernel-adapters/linux/syscalls.ts](../kernel-adapters/linux/syscalls.ts). The seccomp filter and the list of
the supervisor's handlers are made from the same table.

The filter lets a call through that this page does not name: such a call works on objects that the tree already has, or
shows only metadata. A call with a number above ${x64.lastNr} (x86-64) or ${arm64.lastNr} (arm64) is newer than this table, and fails with ENOSYS. A call of another architecture or
of x32 ends the process. Below all of this stands the Landlock floor, which the kernel holds without the supervisor.

${sections.join('\n')}`;
}

test('the page says what the table says', () => expect(written()).toMatchFileSnapshot('../../docs/system-calls.md'));

test('every call of the table stands in one section', () => {
  const shown = FATES.flatMap(([fate]) => callsOf(fate));
  expect(shown.toSorted()).toEqual(Object.keys(SYSCALLS).toSorted());
});
