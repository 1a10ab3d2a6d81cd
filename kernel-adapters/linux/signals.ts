// Owns: what signals to the supervisor mean for the command, so that both look like the command alone.
// Excludes: what the terminal sends to the whole job: the command has it already.

import { F, NR, O, SIG, SIGSET_BYTES } from './abi.ts';
import type { Sys } from './ffi/index.ts';
import type { Launched } from './launch.ts';
import type { Ending } from './launch-protocol.ts';

/** ^C and ^\ reach the command from the terminal; it decides what they mean. */
const LEFT: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
/** Sent to the supervisor by its process id, because that is what its caller knows. */
const FORWARDED: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];

/** From the terminal to the whole group: ^Z, and reading or writing from the background. */
const STOPPING: readonly NodeJS.Signals[] = ['SIGTSTP', 'SIGTTIN', 'SIGTTOU'];

/** Takes over the signals of this process until the run ends. */
export function passSignals(run: Launched): void {
  const handlers = new Map<NodeJS.Signals, () => void>();
  const on = (signal: NodeJS.Signals, handler: () => void): void => {
    handlers.set(signal, handler);
    process.on(signal, handler);
  };
  for (const signal of LEFT) on(signal, () => undefined);
  for (const signal of FORWARDED) {
    on(signal, () => {
      try {
        process.kill(run.pid, signal);
      } catch {
        // It has ended meanwhile.
      }
    });
  }
  // What stops the job stops this process as well, and the guardian has to know that it is meant to.
  for (const signal of STOPPING) {
    const stop = (): void => {
      run.pause();
      process.off(signal, stop);
      process.kill(process.pid, signal);
      // Here it goes on, after fg or bg.
      run.resume();
      on(signal, stop);
    };
    on(signal, stop);
  }
  const restore = (): void => handlers.forEach((handler, signal) => process.off(signal, handler));
  run.exited.then(restore, restore);
}

/** Node makes standard streams that are pipes not blocking, for all who share them. */
export function restoreStreams(sys: Sys): void {
  for (const fd of [0, 1, 2]) {
    const flags = sys.call(NR.fcntl, fd, F.GETFL);
    if (flags >= 0 && flags & O.NONBLOCK) sys.call(NR.fcntl, fd, F.SETFL, flags & ~O.NONBLOCK);
  }
}

/** Node ignores these two; what is ignored stays so through execve, and all zeros is the default. */
export function restoreSignals(sys: Sys): void {
  const action = Buffer.alloc(32);
  for (const signal of [SIG.PIPE, SIG.XFSZ]) {
    sys.call(NR.rt_sigaction, signal, sys.address(action), 0, SIGSET_BYTES);
  }
}

/** Ends this process as the command ended, a death by a signal included, so that its caller sees no difference. */
export function endAs(sys: Sys, ending: Ending): never {
  // Only Node's own way of exiting does this; others go on using them.
  restoreStreams(sys);
  if ('code' in ending) sys.call(NR.exit_group, ending.code);
  else {
    // Node handles or ignores some; all zeros is the default.
    const action = Buffer.alloc(32);
    sys.call(NR.rt_sigaction, ending.signal, sys.address(action), 0, SIGSET_BYTES);
    sys.call(NR.kill, process.pid, ending.signal);
    // A signal whose default is not to kill.
    sys.call(NR.exit_group, SIGNALLED + ending.signal);
  }
  throw new Error('exit_group returned');
}

/** What shells add to a signal to say in a status that it killed. */
const SIGNALLED = 128;
