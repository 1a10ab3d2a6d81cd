// Owns: which process belongs to which call: the process that redeemed the call's nonce, and all that it starts (SPEC
// §11.6).
// Trusts: the kernel to name a process's parent. A process whose parents have ended may belong to any call that began
// before it.

import { readFileSync } from 'node:fs';

/** The unit of times in /proc, the same for every program. */
const TICKS_PER_SECOND = 100;

interface Member {
  /** When the process started, in the kernel's ticks: a later process may get the same number. */
  started: number;
  authorities: readonly string[];
}

export class Attribution {
  readonly #members = new Map<number, Member>();
  /** Each call that a process was ever attributed to, by its authority, and when its nonce was redeemed. */
  readonly #calls = new Map<string, number>();

  /** The process that starts all others; it belongs to no call. */
  begin(pid: number): void {
    this.#set(pid, []);
  }

  /** This process, and what it starts from now on, belongs to the call of this authority. */
  redeem(pid: number, authority: string): void {
    this.#calls.set(authority, uptimeTicks());
    this.#set(pid, [authority]);
  }

  #set(pid: number, authorities: readonly string[]): void {
    const started = statOf(pid)?.started;
    if (started !== undefined) this.#members.set(pid, { started, authorities });
  }

  /**
   * The authority of the call that a process belongs to, if it does. Where parents have ended, all that it may belong
   * to.
   */
  authoritiesOf(pid: number): readonly string[] {
    // Most runs mediate no calls, and asking costs the reading of a file.
    if (this.#calls.size === 0) return [];
    const walked: { pid: number; started: number }[] = [];
    let found: readonly string[] | undefined;
    for (let at = pid; at > 1 && found === undefined;) {
      const stat = statOf(at);
      if (stat === undefined) break;
      const known = this.#members.get(at);
      if (known?.started === stat.started) found = known.authorities;
      else walked.push({ pid: at, started: stat.started });
      at = stat.parent;
    }
    const { started = Number.POSITIVE_INFINITY } = walked[0] ?? {};
    const authorities =
      found ?? [...this.#calls].filter(([, since]) => since <= started).map(([authority]) => authority);
    // Kept for the life of the process: its parents may end before it.
    const [own] = walked;
    if (own !== undefined) this.#members.set(own.pid, { started: own.started, authorities });
    return authorities;
  }
}

const uptimeTicks = (): number =>
  Math.floor(Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]) * TICKS_PER_SECOND);

/** Fields 4 and 22 of /proc/PID/stat; the name in field 2 may hold anything, so they are counted from its end. */
function statOf(pid: number): { parent: number; started: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), started: Number(fields[19]) };
  } catch {
    return undefined;
  }
}
