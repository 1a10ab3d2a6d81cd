// Owns: honest static facts of shell text: requests for everything the text is seen to start, touch or contact.
// Trusts: nothing about the text. It may be hostile: what cannot be resolved statically is `dynamic`, never guessed.
// Excludes: what exists on disk, settings of programs, and what programs do beyond their command line; so these facts
// are lexical (`resolved: false`) and bind nothing by themselves.

import { execution, type Run, type Tools } from './command.ts';
import type { Entity, Item } from './request.ts';
import { walkText } from './walk.ts';

export type { Facts, Program } from './facts.ts';
export type { Tools } from './command.ts';
export type { Entity, Item, Request, Value } from './request.ts';
export { lineOf } from './programs/options.ts';
export { mayChangeDirectory } from './walk.ts';
export { literal, type Argument } from './word.ts';

export interface ShellOptions {
  principal: Entity;
  /** Where the shell stands, absolute; `undefined` if that is not known, which leaves relative paths unnamed. */
  workingDirectory: string | undefined;
  /** Says where the text came from; copied to every request. */
  ref: string;
  /** Names that are the agent's tools rather than programs. */
  tools?: Tools;
}

/**
 * The requests of a bash text, in the order of the text; at least one. Never throws.
 * `process.exec` stands for each simple command, builtins and functions included: a name does not tell which it is.
 */
export function shellRequests(text: string, { principal, workingDirectory, ref, tools }: ShellOptions): Item[] {
  const origin = { principal, ref };
  const run: Run = {
    origin,
    tools,
    items: [],
    functions: new Set(),
    unsettled: false,
    broken: false,
    depth: 0,
    script: walkText,
  };
  try {
    walkText(text, workingDirectory?.startsWith('/') ? [workingDirectory] : undefined, run);
  } catch {
    // Hostile text is nested deeper than the stack, or is more than the parser can take: then none of it is told.
    run.broken = true;
  }
  // The whole text is what bash is given: the only thing sure if it is no grammar, or starts nothing.
  if (run.broken || run.items.length === 0) {
    for (const { context } of run.items.flat()) if ('dynamic' in context) context['dynamic'] = true;
    run.items.push(execution({ type: 'Program', id: 'bash' }, text, run.broken, origin));
  }
  return run.items;
}
