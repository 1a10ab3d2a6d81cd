// Owns: the verbs of `plumb`, and how each is shown where all are. Excludes: what a verb does, which is loaded when it
// is used.

import type { Command } from 'commander';

export interface Verb {
  name: string;
  /** What follows the name in a list, and what it is for: as the command itself says (test/cli holds it to that). */
  usage: string;
  description: string;
  /** Loads what adds the command to its parent. */
  load: () => Promise<(program: Command) => void>;
}

export const VERBS: readonly Verb[] = [
  {
    name: 'init',
    usage: '[options]',
    description: 'make keys for logs',
    load: async () => (await import('./init.ts')).addInit,
  },
  {
    name: 'import',
    usage: '',
    description: 'turn the record of an agent into requests',
    load: async () => (await import('./import.ts')).addImport,
  },
  {
    name: 'decide',
    usage: '[options]',
    description: 'decide requests from standard input',
    load: async () => (await import('./decide.ts')).addDecide,
  },
  {
    name: 'run',
    usage: '[options] <COMMAND...>',
    description: 'run a command, and all it starts, held to what it is for',
    load: async () => (await import('./run.ts')).addRun,
  },
  {
    name: 'exec',
    usage: '<NONCE> <COMMAND...>',
    description: 'inside plumb run: run a command as part of the call that a nonce was given for',
    load: async () => (await import('./exec.ts')).addExec,
  },
  {
    name: 'verify',
    usage: '[options] <DIR>',
    description: 'check a log',
    load: async () => (await import('./verify.ts')).addVerify,
  },
  {
    name: 'replay',
    usage: '[options] <DIR>',
    description: 'check a log, and decide its requests again',
    load: async () => (await import('./replay.ts')).addReplay,
  },
  {
    name: 'log',
    usage: '',
    description: 'work on logs',
    load: async () => (await import('./log/index.ts')).addLog,
  },
  {
    name: 'policy',
    usage: '',
    description: 'work on policies',
    load: async () => (await import('./policy/index.ts')).addPolicy,
  },
  {
    name: 'grant',
    usage: '',
    description: 'say what an agent is asked to do, and sign it',
    load: async () => (await import('./grant/index.ts')).addGrant,
  },
  {
    name: 'approve',
    usage: '[options] [DIGEST]',
    description: 'approve what a session asks for, once; without a digest, show what it asks for',
    load: async () => (await import('./approve.ts')).addApprove,
  },
  {
    name: 'stop',
    usage: '[options]',
    description: 'end a session: everything it is still asked for is blocked, and its log is sealed',
    load: async () => (await import('./stop.ts')).addStop,
  },
  {
    name: 'why',
    usage: '[options] <SEQ>',
    description: 'show the chain of grants that a record was decided under, up to the objective',
    load: async () => (await import('./why.ts')).addWhy,
  },
  {
    name: 'conformance',
    usage: '',
    description: 'compare with what others have recorded',
    load: async () => (await import('./conformance/index.ts')).addConformance,
  },
  {
    name: 'demo',
    usage: '[options] [FILE]',
    description: "decide an agent's session, record it, verify and replay the record, then tamper with it",
    load: async () => (await import('./demo/index.ts')).addDemo,
  },
];
