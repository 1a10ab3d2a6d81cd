// Owns: the paths that the guarded tree never touches, whatever a policy says: the supervisor's own, its keys, and what
// /proc shows of other processes.
// Trusts: canonical paths.
// Excludes: metadata, which `stat` shows anyway.

import type { Process } from './tasks.ts';

/** What /proc shows every process of another. The rest would be opened with the supervisor's rights, which the tree has
 * not. */
const PUBLIC =
  /^(task(\/\d+(\/(stat|statm|status|comm|cmdline))?)?|stat|statm|status|comm|cmdline|cgroup|limits|loginuid|mounts|mountinfo|oom_score|oom_score_adj|schedstat|sessionid|wchan)?$/;
const PROCESS = /^\/proc\/(\d+)(?:\/(.*))?$/s;

export const isWithin = (path: string, prefix: string): boolean =>
  prefix === '/' || path === prefix || (path.startsWith(prefix) && path[prefix.length] === '/');

/** Where file systems of type `proc` are mounted, by the text of a mountinfo. `self` there would be the supervisor. */
export function procMountsIn(mountinfo: string): string[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    if (!after.startsWith('proc ')) return [];
    const point = before
      .split(' ')[4]!
      .replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    return [Buffer.from(point, 'latin1').toString()];
  });
}

/** Told of each call that is refused here, which no mediator is asked about. */
type OnRefused = (cause: 'protected' | 'other-process', path: string) => void;

export class Protection {
  readonly #closed: readonly string[];
  readonly #supervisors: readonly number[];
  readonly #onRefused: OnRefused;

  /** `protect`: canonical prefixes. `supervisors`: processes that the tree must not see into. */
  constructor(
    protect: readonly string[],
    supervisors: readonly number[],
    procMounts: readonly string[],
    onRefused: OnRefused = () => undefined,
  ) {
    this.#onRefused = onRefused;
    this.#closed = [...protect, ...procMounts.filter((path) => path !== '/proc')];
    this.#supervisors = supervisors;
  }

  /** Whether `process` must not touch what is at `path`; if so, it is told. */
  forbids(path: string, process: Process): boolean {
    for (const prefix of this.#closed) if (isWithin(path, prefix)) return this.#refuse('protected', path);
    if (!path.startsWith('/proc/')) return false;
    const [, digits, rest = ''] = PROCESS.exec(path) ?? [];
    if (digits === undefined) return false;
    const pid = Number(digits);
    if (pid === process.pid) return false;
    return this.#supervisors.includes(pid) || !PUBLIC.test(rest) ? this.#refuse('other-process', path) : false;
  }

  /** Whether a protected path is at or under `path`, so that moving or replacing it would move that too; likewise. */
  holds(path: string): boolean {
    return this.#closed.some((prefix) => isWithin(prefix, path)) && this.#refuse('protected', path);
  }

  #refuse(cause: 'protected' | 'other-process', path: string): true {
    this.#onRefused(cause, path);
    return true;
  }
}
