// Owns: being told, without a thread of ours blocking, that some child can be reaped. Node only, as the guardian is.

import { loadKoffi } from './koffi.ts';

type WaitId = {
  async(
    kind: number,
    id: number,
    information: null,
    options: number,
    done: (error: unknown, result: number) => void,
  ): void;
};

/** P_ALL; WEXITED, and WNOWAIT leaves the child to be reaped. */
const ANY = 0;
const EXITED_AND_LEFT = 0x01000004;

/** Calls `run` once, when a child has died, or when there is none. */
export function awaitChild(run: () => void): void {
  waitid ??= loadKoffi().load(null).func('int waitid(int, int, void *, int)') as unknown as WaitId;
  waitid.async(ANY, 0, null, EXITED_AND_LEFT, run);
}

let waitid: WaitId | undefined;
