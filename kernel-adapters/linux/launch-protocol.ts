// Owns: what supervisor, guardian and launcher say to each other: descriptors, the plan, and reports.

import { fstatSync, readSync } from 'node:fs';
import type { Floor } from './landlock.ts';

/** What the guardian finds open. */
export const GUARDIAN_FD = { heartbeat: 3, report: 4, plan: 5, go: 6 } as const;
/** What the launcher finds open. */
export const LAUNCHER_FD = { report: 3, plan: 4, go: 5 } as const;

/** Bytes from the supervisor to the guardian. */
export const BEAT = { alive: 0x2e, pause: 0x5a, resume: 0x43, kill: 0x4b } as const;

/** Bytes from the supervisor to the launcher: the plan is written, and the command may start. */
export const GO = { plan: 0x50, command: 0x21 } as const;

/** What is to be run and under what, as JSON in a memory file. The launcher reads it after `GO.plan`. */
export interface Plan {
  command: string;
  args: readonly string[];
  env: { readonly [name: string]: string };
  cwd: string;
  /** The supervisor's process group: the command joins it, so that the terminal treats both as one job. */
  group: number;
  floor: Floor;
  /** The assembled seccomp filter, in base64. */
  filter: string;
}

export type Ending = { code: number } | { signal: number };

/** One line of JSON each, on the pipe that guardian and launcher share; shorter than PIPE_BUF, so whole. */
export type Report =
  | { failed: { code: string; message: string; hint: string; status: 125 | 126 | 127 } }
  /** From the guardian: whatever runs now, it sees and ends. */
  | { guarding: true }
  /** From the launcher: its listener has this number there. */
  | { listening: number; pid: number; skipped: number }
  | { ended: Ending }
  /** From the guardian: it kills the tree, and why. */
  | { killing: string };

export function readPlan(fd: number): Plan {
  const bytes = Buffer.alloc(fstatSync(fd).size);
  // From the start, whatever another holder of the same file has read.
  for (let at = 0; at < bytes.length;) {
    const count = readSync(fd, bytes, at, bytes.length - at, at);
    if (count === 0) throw new Error('the plan is cut short');
    at += count;
  }
  return JSON.parse(bytes.toString()) as Plan;
}
