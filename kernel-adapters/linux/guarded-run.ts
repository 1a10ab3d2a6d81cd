// Owns: the supervisor's side of a guarded run: what guardian and launcher report, and what happens if the guardian
// dies. Trusts: the reports. Excludes: starting the two.

import type { ChildProcess } from 'node:child_process';
import { closeSync, readFileSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { hostAbi, NR, O } from './abi.ts';
import type { Sys } from './ffi/index.ts';
import { killTree } from './kill-tree.ts';
import { BEAT, GO, type Ending, type Report } from './launch-protocol.ts';
import { LinuxError } from './linux-error.ts';
import { openPipe } from './pipe.ts';

type Listening = Extract<Report, { listening: number }>;

/** How many seccomp filters a process is under; 0 if it is gone. */
function filtersOf(pid: number | 'self'): number {
  try {
    return Number(/^Seccomp_filters:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

export interface RunHandles {
  guardian: ChildProcess;
  reportFd: number;
  heartbeatFd: number;
  goFd: number;
}

export class GuardedRun {
  /** The guardian guards, the launcher waits, and its listener can be taken. Rejects if it comes to nothing. */
  readonly listening: Promise<Listening>;
  /** How the command ended. Settles when guardian and tree are gone. */
  readonly exited: Promise<Ending>;
  readonly #sys: Sys;
  readonly #handles: RunHandles;
  readonly #byte = Buffer.alloc(1);
  #ending: Ending | undefined;
  #failure: LinuxError | undefined;
  #isGoOpen = true;
  #listenerFd: number | undefined;
  #isOpen = true;

  constructor(sys: Sys, handles: RunHandles) {
    this.#sys = sys;
    this.#handles = handles;
    const listening = Promise.withResolvers<Listening>();
    this.listening = listening.promise;
    const lines = createInterface({ input: new Socket({ fd: handles.reportFd, readable: true, writable: false }) });
    const guarding = Promise.withResolvers<void>();
    lines.on('line', (line) => {
      const report = JSON.parse(line) as Report;
      if ('guarding' in report) guarding.resolve();
      else if ('listening' in report) listening.resolve(guarding.promise.then(() => report));
      else {
        // What is left is being killed.
        this.#cutListener();
        if ('ended' in report) this.#ending = report.ended;
        else if ('failed' in report) this.#failure ??= failureOf(report.failed);
        else
          this.#failure ??= new LinuxError('tree-killed', `the tree was killed: ${report.killing}`, 'See the reason.');
      }
    });
    const reported = new Promise<void>((resolve) => lines.once('close', resolve));
    const gone = new Promise<void>((resolve) => {
      handles.guardian.once('exit', () => resolve());
      handles.guardian.once('error', (cause) => {
        this.#failure ??= new LinuxError('guardian-failed', cause.message, 'Node must be executable.', { cause });
        resolve();
      });
    });
    this.exited = gone.then(async () => {
      this.#endTree();
      await reported;
      if (this.#failure) throw this.#failure;
      if (this.#ending) return this.#ending;
      throw new LinuxError('guardian-died', 'the guardian died, and the tree was killed', 'See what ended it.');
    });
    this.exited.then(
      () => listening.reject(new LinuxError('launch-failed', 'the launcher ended before it was ready', 'Report this.')),
      (error) => listening.reject(error),
    );
  }

  /** A byte to the guardian; a full or broken pipe loses it, which the guardian counts as silence. */
  send(byte: number): void {
    if (!this.#isOpen) return;
    this.#byte[0] = byte;
    this.#sys.call(NR.write, this.#handles.heartbeatFd, this.#sys.address(this.#byte), 1);
  }

  /** Has the launcher read the plan. If it is gone, `listening` rejects and says why. */
  planned(): void {
    if (!this.#isGoOpen) return;
    this.#byte[0] = GO.plan;
    this.#sys.call(NR.write, this.#handles.goFd, this.#sys.address(this.#byte), 1);
  }

  go(): void {
    if (!this.#isGoOpen) return;
    writeSync(this.#handles.goFd, Uint8Array.of(GO.command));
    this.#closeGo();
  }

  /** The listener, from when it was taken. */
  set listenerFd(fd: number) {
    this.#listenerFd = fd;
  }

  kill(): void {
    this.#cutListener();
    this.send(BEAT.kill);
  }

  close(): void {
    this.#closeGo();
    if (!this.#isOpen) return;
    this.kill();
    this.#isOpen = false;
    closeSync(this.#handles.heartbeatFd);
    if (this.#listenerFd !== undefined) closeSync(this.#listenerFd);
  }

  /**
   * From here on every mediated call fails, and with them every fork. The number stays taken, by what reads as hung up,
   * because another thread may be about to use it.
   */
  #cutListener(): void {
    if (this.#listenerFd === undefined || !this.#isOpen) return;
    const [read, write] = openPipe(this.#sys);
    closeSync(write);
    this.#sys.call(NR.dup3, read, this.#listenerFd, O.CLOEXEC);
    closeSync(read);
  }

  #closeGo(): void {
    if (!this.#isGoOpen) return;
    this.#isGoOpen = false;
    closeSync(this.#handles.goFd);
  }

  /** What a guardian leaves behind becomes ours, and is told from our other children by its filter. */
  #endTree(): void {
    this.#cutListener();
    // A launcher without its filter yet ends when it reads that nobody will say go.
    this.#closeGo();
    const own = filtersOf('self');
    killTree(this.#sys, hostAbi, (child) => filtersOf(child) > own);
  }
}

const failureOf = ({ code, message, hint, status }: Extract<Report, { failed: object }>['failed']): LinuxError =>
  new LinuxError(code, message, hint, { status });
