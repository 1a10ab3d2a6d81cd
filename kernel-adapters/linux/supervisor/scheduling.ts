// Owns: priorities, affinity and scheduling class of threads named by number: of the caller's own process only.
// Trusts: that a number is no pointer, so the kernel may do it once it was looked at. A thread that ends meanwhile may have its
// number taken by another, which at worst is scheduled differently.

import { E } from '../abi.ts';
import type { Handler } from './tools.ts';

/** `at`: which argument is the number. */
export const ofOwnThread =
  (at: number): Handler =>
  (tools, call) =>
    tools.tasks.isThread(call.task.process, call.ints[at]!) ? 'go' : -E.PERM;
