// Owns: which process belongs to which call: the one that redeemed its nonce, and whatever that one starts (SPEC §11.6).
// Trusts: the kernel's word on who a process's parent is. A process whose parents are gone belongs to no call.

import { readFileSync } from 'node:fs';

interface Member {
  /** When the process started, in the kernel's ticks: what has the number of one that is gone is another. */
  started: string;
  authority: string | undefined;
}

export class Attribution {
  readonly #members = new Map<number, Member>();
  #isUsed = false;

  /** This process, and what it starts from now on, belongs to the call of this authority. */
  redeem(pid: number, authority: string): void {
    const started = statOf(pid)?.started;
    if (started === undefined) return;
    this.#isUsed = true;
    this.#members.set(pid, { started, authority });
  }

  /** The authority of the call that a process belongs to; `undefined`: of none. */
  authorityOf(pid: number): string | undefined {
    // Most runs mediate no calls, and asking costs the reading of a file.
    if (!this.#isUsed) return undefined;
    const walked: number[] = [];
    let at = pid;
    let authority: string | undefined;
    for (;;) {
      const stat = statOf(at);
      if (stat === undefined) break;
      const known = this.#members.get(at);
      if (known?.started === stat.started) {
        authority = known.authority;
        break;
      }
      walked.push(at);
      if (stat.parent <= 1) break;
      at = stat.parent;
    }
    // What was found holds as long as the process does, even when its parents are gone.
    for (const one of walked) {
      const started = statOf(one)?.started;
      if (started !== undefined) this.#members.set(one, { started, authority });
    }
    return authority;
  }
}

/** Fields 4 and 22 of /proc/PID/stat; the name in field 2 may hold anything, so they are counted from its end. */
function statOf(pid: number): { parent: number; started: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), started: fields[19]! };
  } catch {
    return undefined;
  }
}
