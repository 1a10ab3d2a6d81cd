// Owns: priorities, affinity and scheduling class of threads named by number: of the caller's own process only.
// Trusts: the number, which is an argument and not in memory, so that the kernel may do the call once the number was
// looked at.
// Excludes: a thread that ends meanwhile and whose number another takes, which at worst is scheduled differently.

import { E } from '../../abi.ts';
import type { Handler } from './handler.ts';

/** `at`: which argument is the number. */
export const ofOwnThread =
  (at: number): Handler =>
  (tree, call) =>
    tree.tasks.isThread(call.task.process, call.ints[at]!) ? 'go' : -E.PERM;
