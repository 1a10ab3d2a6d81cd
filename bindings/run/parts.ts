// Owns: the parts of a run that take longest to start, and need nothing of what is to be run: guardian, launcher and
// mediating thread. They load while the caller loads and reads everything else.
// Excludes: using them (mediated-run.ts), which loads more than starting them does.

import { STALL_MS, startGuardian, type Guardian, type Sys } from '../../kernel-adapters/linux/index.ts';
import { MediatingThread } from './mediating-thread.ts';

export interface Parts {
  guardian: Guardian;
  thread: MediatingThread;
  /** Ends both, and what was launched, without waiting. */
  close(): void;
}

/** @throws {LinuxError} if nothing can be guarded here */
export function startParts(sys: Sys): Parts {
  // It takes longer than guardian and launcher do.
  const thread = new MediatingThread(sys);
  try {
    const guardian = startGuardian(sys, STALL_MS);
    return {
      guardian,
      thread,
      close() {
        thread.close();
        guardian.close();
      },
    };
  } catch (error) {
    thread.close();
    throw error;
  }
}
