// Owns: one simple command: what is started, what it is known to touch, and where the shell is afterwards.
// Trusts: the name of a program for what the program is; nothing here looks at the file behind it.

import { createHash } from 'node:crypto';
import { effects, type Facts, type Origin, type Program } from './facts.ts';
import { nameOf, pathsOf, type Directories } from './path.ts';
import { INERT } from './programs/builtins.ts';
import { programOf } from './programs/index.ts';
import type { Entity, Item, Request } from './request.ts';
import { literal, type Argument } from './word.ts';

/**
 * Names that are the host's own tools rather than programs, and what each does. They become `tool.call` on
 * `Tool::"SERVER/NAME"`.
 */
export interface Tools {
  server: string;
  programs: ReadonlyMap<string, Program>;
  /** The names of those that change nothing. */
  reads: ReadonlySet<string>;
}

/** What is carried through one text. */
export interface Run {
  origin: Origin;
  tools: Tools | undefined;
  items: Item[];
  functions: Set<string>;
  /** A command has changed what later names mean. */
  unsettled: boolean;
  /** Part of the text is no shell grammar, so any of it may mean something else. */
  broken: boolean;
  /** How many commands and shells this one is wrapped in. */
  depth: number;
  /** Walks shell text in `directories`. */
  script(text: string, directories: Directories, run: Run): Outcome;
}

/** Where the shell may be when a command has succeeded, and when it has failed; empty if it is not there any more. */
export interface Outcome {
  success: Directories;
  failure: Directories;
}

export interface Simple {
  words: readonly Argument[];
  files: readonly { action: 'file.read' | 'file.write'; argument: Argument }[];
  /** Text on standard input, where a here-document gives it. */
  input: string | undefined;
  /** Variables set for this command may change what it does. */
  altered: boolean;
}

// Deeper wrapping than this is no one's habit, and each level is walked anew.
const DEPTH_MAX = 16;

/** Builtins that run a command in this very shell. */
const IN_SHELL = new Set(['command', 'builtin']);

// Elsewhere a file of a known name may be any program.
const SYSTEM = /^\/(usr\/(local\/)?)?s?bin\/[^/]+$/;

/** The requests that start the command; the rest of what is known about it may still make them `dynamic`. */
function opening(words: readonly Argument[], directories: Directories, run: Run): Request[] {
  const [program] = words;
  const name = program!.value ?? program!.text;
  if (program!.value !== undefined && run.tools?.programs.has(name)) {
    const { principal, ref } = run.origin;
    const { server, reads } = run.tools;
    const effect = reads.has(name) ? 'reads' : 'changes';
    const context = { dynamic: false, effect, arguments: argumentsDigest(words.slice(1)) };
    return [{ principal, action: 'tool.call', resource: { type: 'Tool', id: `${server}/${name}` }, context, ref }];
  }
  const paths = program!.value?.includes('/') ? pathsOf(name, directories) : undefined;
  const unnamed = program!.value === undefined || (name.includes('/') && paths === undefined);
  const resources: Entity[] = paths?.map((id) => ({ type: 'File', id })) ?? [{ type: 'Program', id: name }];
  return resources.map((resource) => execution(resource, words.map(({ text }) => text).join(' '), unnamed, run.origin));
}

/**
 * SPEC §11.7: what is given to a tool by its text is an array of texts. A word without a value is the word as written.
 */
const argumentsDigest = (words: readonly Argument[]): string =>
  createHash('sha256')
    .update(JSON.stringify(words.map(({ text, value = text }) => value.toWellFormed())))
    .digest('hex');

export function execution(resource: Entity, command: string, dynamic: boolean, { principal, ref }: Origin): Request {
  const context = { resolved: false, dynamic, program: nameOf(resource.id), command };
  return { principal, action: 'process.exec', resource, context, ref };
}

// What comes in is stated before what goes out, and the commands inside before what is stored, so that labels of the
// one are known when the other is decided.
const PHASES = ['reads', 'contacts', 'inside', 'changes'] as const;
const INSIDE = PHASES.indexOf('inside');

function phaseOf(item: Item): number {
  if (Array.isArray(item)) return PHASES.indexOf('changes');
  const contacts = /^(net|http)\./.test(item.action);
  return PHASES.indexOf(contacts ? 'contacts' : item.action === 'file.read' ? 'reads' : 'changes');
}

/** States a simple command with at least one word. */
export function simpleCommand(simple: Simple, directories: Directories, run: Run): Outcome {
  const { words, files, altered } = simple;
  const [first, ...args] = words;
  const name = first?.value ?? '';
  const started = opening(words, directories, run);
  const unknown = (): void => {
    for (const { context } of started) context['dynamic'] = true;
  };

  const phases: Item[][] = PHASES.map(() => []);
  const seen = new Set<string>();
  const add = (item: Item): void => {
    const key = JSON.stringify(item);
    if (!seen.has(key)) phases[phaseOf(item)]!.push(item);
    seen.add(key);
  };

  let unsettles = false;
  let outcome: Outcome = { success: directories, failure: directories };
  const nested = (state: (inner: Run) => Outcome): Outcome => {
    const inner = { ...run, items: phases[INSIDE]!, depth: run.depth + 1 };
    if (inner.depth > DEPTH_MAX) unknown();
    const after = inner.depth > DEPTH_MAX ? { success: undefined, failure: undefined } : state(inner);
    run.unsettled ||= inner.unsettled;
    run.broken ||= inner.broken;
    return after;
  };

  const facts: Facts = {
    ...effects(run.origin, directories, add, unknown),
    directories,
    input: simple.input,
    run(command) {
      if (command.length === 0) return;
      const inner = { ...simple, words: command, files: [] };
      const after = nested((next) => simpleCommand(inner, directories, next));
      if (IN_SHELL.has(name)) outcome = after;
    },
    script(text, where) {
      const after = nested((next) => next.script(text, where === 'later' ? undefined : directories, next));
      if (where === 'here') outcome = after;
    },
    unsettle() {
      unsettles = true;
    },
    unknown,
  };

  if (run.unsettled || altered) unknown();
  if (!INERT.has(name) && args.some(({ value, pipe }) => value === undefined && !pipe)) unknown();
  if (run.functions.has(name)) {
    unknown();
    outcome = { success: undefined, failure: undefined };
  } else {
    const tool = run.tools?.programs.get(name);
    const program = tool ?? (!name.includes('/') || SYSTEM.test(name) ? programOf(nameOf(name)) : undefined);
    if (program) program(args, facts);
    else unknown();
    if (name === 'cd' || name === 'pushd') {
      outcome = { success: destination(args, directories, run), failure: directories };
    } else if (name === 'popd') outcome = { success: undefined, failure: directories };
    else if (name === 'exit') outcome = { success: [], failure: [] };
  }

  for (const { action, argument } of files) facts.file(action, argument);
  for (const item of [started, ...phases].flat()) run.items.push(item);
  run.unsettled ||= unsettles;
  if (name === 'source' || name === '.') outcome = { success: undefined, failure: undefined };
  return outcome;
}

function destination(args: readonly Argument[], directories: Directories, run: Run): Directories {
  const target = args.find(({ value }) => value === undefined || !/^-[LPe@n]+$|^--$/.test(value)) ?? literal('');
  if (target.value === undefined || /^$|^-|^\+\d/.test(target.value)) return undefined;
  // With CDPATH a bare name may be anywhere; a text that sets it has unsettled the directory.
  if (run.unsettled && !/^[./]/.test(target.value)) return undefined;
  return pathsOf(target.value, directories);
}
