// Owns: which program each process of the tree may run: before the next effect of a process after its execve, the image
// it runs must be one that was decided on, or the process is killed.
// Trusts: /proc/PID/exe.
// Excludes: what an image does before its first mediated call; the floor limits which images there are.

import { NR, SIG } from '../abi.ts';
import type { Kernel } from './kernel.ts';
import type { Process, Task } from './tasks.ts';

export class Images {
  readonly #kernel: Kernel;
  /** Images that were decided on. */
  readonly #decided = new Set<string>();
  /** The image of the first process, before it executes what it is to. */
  #launcher: string | undefined;
  #started = false;
  readonly #killed: (pid: number) => void;

  constructor(kernel: Kernel, killed: (pid: number) => void) {
    this.#kernel = kernel;
    this.#killed = killed;
  }

  #imageOf(process: Process): string | undefined {
    return this.#kernel.inodeAt(`/proc/${process.pid}/exe`);
  }

  #kill(process: Process): void {
    this.#kernel.sys.call(NR.pidfd_send_signal, process.fd, SIG.KILL, 0, 0);
    this.#killed(process.pid);
  }

  /** Whether a process that is seen for the first time runs an image that was decided on. The first of all is the
   * launcher. */
  admits(process: Process): boolean {
    const image = this.#imageOf(process);
    if (!this.#started) this.#launcher = image;
    this.#started = true;
    if (image !== undefined && (this.#decided.has(image) || image === this.#launcher)) return true;
    this.#kill(process);
    return false;
  }

  /** Whether the process may go on: what it executes is what was decided on. */
  check({ tid, process }: Task): boolean {
    if (process.executing.size === 0) return true;
    const image = this.#imageOf(process);
    const expected = [...process.executing.values()];
    if (image !== undefined && expected.some(({ from, to }) => image === to && to !== from)) {
      // It happened, and ended all other threads.
      process.executing.clear();
      this.#launcher = undefined;
      return true;
    }
    if (image !== undefined && expected.some(({ from }) => image === from)) {
      // This thread's own failed, or led to the same image. Those of others may still happen.
      process.executing.delete(tid);
      return true;
    }
    this.#kill(process);
    return false;
  }

  expect({ tid, process }: Task, to: string): boolean {
    const from = this.#imageOf(process);
    if (from === undefined) return false;
    this.#decided.add(to);
    process.executing.set(tid, { from, to });
    return true;
  }
}
