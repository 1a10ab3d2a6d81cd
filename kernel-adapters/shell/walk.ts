// Owns: the grammar around simple commands: which of them may run, in which directories, with which files on their
// streams.
// Trusts: unbash for the syntax tree. Both sides of every branch are stated, since which one runs is not in the text.

import {
  forEachChild,
  parse,
  type Assignment,
  type Command,
  type CompoundList,
  type HereDoc,
  type Redirection,
  type SyntaxNode,
} from 'unbash';
import { execution, simpleCommand, type Outcome, type Run, type Simple } from './command.ts';
import { effects } from './facts.ts';
import { either, type Directories } from './path.ts';
import type { Item } from './request.ts';
import { argumentOf, valueOf } from './word.ts';
import { decidesInShell, changesWhatRuns } from './programs/variables.ts';
import { evaluates } from './evaluation.ts';

const same = (directories: Directories): Outcome => ({ success: directories, failure: directories });
const merged = ({ success, failure }: Outcome): Directories => either(success, failure);

/** Walks shell text; what it starts in a subshell does not move the shell. */
export function walkText(text: string, directories: Directories, run: Run): Outcome {
  const script = parse(text);
  const functions = new Set(run.functions);
  collect(script, (node) => {
    if (node.type === 'Function') functions.add(node.name.value);
  });
  const inner = { ...run, functions };
  // Text in text: what it defines may hold for the text around it too.
  if (run.depth > 0 && functions.size > run.functions.size) inner.unsettled = true;
  const outcome = walk(script, directories, inner);
  run.unsettled ||= inner.unsettled;
  run.broken ||= inner.broken;
  return outcome;
}

/** Every node below, those of substitutions included. */
function collect(node: SyntaxNode, visit: (node: SyntaxNode) => void): void {
  visit(node);
  forEachChild(node, (child) => collect(child, visit));
}

const MOVES = /^(cd|pushd|popd|eval|source|\.|command|builtin)$/;

/** Whether anything in the node may move the shell that runs it to another directory. */
function moves(node: SyntaxNode, functions: ReadonlySet<string>): boolean {
  let found = false;
  collect(node, (below) => {
    if (below.type !== 'Command' || below.name === undefined) return;
    const name = valueOf(below.name);
    found ||= name === undefined || MOVES.test(name) || functions.has(name);
  });
  return found;
}

/** Whether running the text may leave the shell in another directory. */
export function mayChangeDirectory(text: string): boolean {
  try {
    return moves(parse(text), new Set());
  } catch {
    // Nested deeper than the stack.
    return true;
  }
}

/** States that the shell itself does what the text does not tell. */
function untold(text: string, { items, origin }: Run): void {
  items.push(execution({ type: 'Program', id: 'bash' }, text, true, origin));
}

/** Scripts in substitutions anywhere below run in subshells of their own. */
function substitutions(node: SyntaxNode, directories: Directories, run: Run): void {
  const evaluation = evaluates(node);
  if (evaluation !== undefined) {
    untold(evaluation, run);
    // What was evaluated may have set anything.
    run.unsettled = true;
  }
  forEachChild(node, (child) => {
    if (child.type === 'Script') walk(child, directories, run);
    else substitutions(child, directories, run);
  });
}

function sequence({ commands }: Pick<CompoundList, 'commands'>, directories: Directories, run: Run): Outcome {
  let outcome = same(directories);
  for (const statement of commands) outcome = walk(statement, merged(outcome), run);
  return outcome;
}

function walk(node: SyntaxNode, directories: Directories, run: Run): Outcome {
  switch (node.type) {
    case 'Script':
      run.broken ||= (node.errors?.length ?? 0) > 0;
      return sequence(node, directories, run);
    case 'CompoundList':
      return sequence(node, directories, run);
    case 'BraceGroup':
      return sequence(node.body, directories, run);
    case 'Statement': {
      const outcome = walk(node.command, directories, run);
      return node.background === true ? same(directories) : outcome;
    }
    case 'Subshell':
    case 'Coproc':
      walk(node.body, directories, run);
      return same(directories);
    case 'AndOr': {
      const [first, ...rest] = node.commands;
      let outcome = walk(first!, directories, run);
      for (const [at, command] of rest.entries()) {
        const next = (start: Directories): Outcome => walk(command, start, run);
        if (node.operators[at] === '&&') {
          const { success, failure } = next(outcome.success);
          outcome = { success, failure: either(outcome.failure, failure) };
        } else {
          const { success, failure } = next(outcome.failure);
          outcome = { success: either(outcome.success, success), failure };
        }
      }
      return outcome;
    }
    case 'Pipeline': {
      const [only, ...others] = node.commands;
      if (others.length > 0) {
        for (const command of node.commands) walk(command, directories, run);
        return same(directories);
      }
      // A lone `!` or `time`.
      if (only === undefined) run.broken = true;
      const { success, failure } = only === undefined ? same(directories) : walk(only, directories, run);
      const negated = node.prefixes.filter(({ type }) => type === 'Negation').length % 2 === 1;
      return negated ? { success: failure, failure: success } : { success, failure };
    }
    case 'If': {
      let clause = walk(node.clause, directories, run);
      let after = merged(walk(node.then, clause.success, run));
      for (const elif of node.elif) {
        clause = walk(elif.clause, clause.failure, run);
        after = either(after, merged(walk(elif.then, clause.success, run)));
      }
      const rest = node.else ? merged(walk(node.else, clause.failure, run)) : clause.failure;
      return same(either(after, rest));
    }
    case 'For':
    case 'Select':
    case 'ArithmeticFor':
    case 'While': {
      // The body may run any number of times, so a loop that moves may be anywhere.
      if (node.type === 'For' || node.type === 'Select') run.unsettled ||= decidesInShell(node.name.value);
      const { unsettled } = run;
      // The body may run any number of times, so a loop that moves may be anywhere.
      const inside = moves(node, run.functions) ? undefined : directories;
      if (node.type === 'While') walk(node.clause, inside, run);
      else {
        const heads = node.type === 'ArithmeticFor' ? [node.initialize, node.test, node.update] : (node.wordlist ?? []);
        for (const head of heads) if (head) substitutions(head, inside, run);
      }
      walk(node.body, inside, run);
      // The next time round, what the body has changed holds for its beginning.
      if (run.unsettled && !unsettled) untold('loop', run);
      return same(inside);
    }
    case 'Case': {
      substitutions(node.word, directories, run);
      let after = directories;
      for (const { pattern, body } of node.items) {
        for (const word of pattern) substitutions(word, directories, run);
        after = either(after, merged(walk(body, after, run)));
      }
      return same(after);
    }
    case 'Function':
      // Where it will be called is not known here.
      walk(node.body, undefined, run);
      return same(directories);
    case 'Redirected': {
      for (const redirect of node.redirects) substitutions(redirect, directories, run);
      const opened = files(node.redirects);
      streams(
        opened.filter(({ action }) => action === 'file.read'),
        directories,
        run,
      );
      const outcome = walk(node.command, directories, run);
      streams(
        opened.filter(({ action }) => action === 'file.write'),
        directories,
        run,
      );
      return outcome;
    }
    case 'Command':
      return walkCommand(node, directories, run);
    default:
      substitutions(node, directories, run);
      return same(directories);
  }
}

const assigned = ({ value, append }: Assignment): string | undefined =>
  value.type === 'Word' && !append ? valueOf(value) : undefined;

function walkCommand(node: Command, directories: Directories, run: Run): Outcome {
  // Substitutions are carried out before the command is.
  substitutions(node, directories, run);
  const variables = node.prefix.flatMap((part) => (part.type === 'Assignment' ? [part] : []));
  if (node.name === undefined) {
    run.unsettled ||= variables.some((variable) => decidesInShell(variable.name, assigned(variable)));
    streams(files(node.redirects), directories, run);
    return same(directories);
  }
  const words = [node.name, ...node.args].map(argumentOf);
  const altered = variables.some((variable) => changesWhatRuns(variable.name, assigned(variable)));
  return simpleCommand(
    { words, files: files(node.redirects), input: input(node.redirects), altered },
    directories,
    run,
  );
}

/** Files on the streams of something that is not itself a program; what cannot be named is the shell's own doing. */
function streams(opened: Simple['files'], directories: Directories, run: Run): void {
  const add = (item: Item): void => void run.items.push(item);
  for (const { action, argument } of opened) {
    const unknown = (): void => untold(`${action} ${argument.text}`, run);
    effects(run.origin, directories, add, unknown).file(action, argument);
  }
}

function files(redirects: readonly Redirection[]): Simple['files'] {
  return redirects.flatMap((redirect) => {
    if (redirect.type !== 'Redirect' || redirect.target === undefined) return [];
    const argument = argumentOf(redirect.target);
    // `2>&1`, `>&-`: a descriptor, not a file.
    if (redirect.operator.endsWith('&') && /^\d*-?$/.test(argument.value ?? '?')) return [];
    const reads = /^<[&>]?$/.test(redirect.operator);
    const writes = redirect.operator !== '<' && redirect.operator !== '<&';
    return [
      ...(reads ? [{ action: 'file.read', argument } as const] : []),
      ...(writes ? [{ action: 'file.write', argument } as const] : []),
    ];
  });
}

/** The last that feeds standard input. */
function input(redirects: readonly Redirection[]): string | undefined {
  const last = redirects.findLast(({ operator, descriptor }) => {
    if (descriptor === undefined) return operator.startsWith('<');
    return descriptor.type === 'FileDescriptorVariable' || descriptor.value === 0;
  });
  if (last?.type === 'HereString') return last.target && valueOf(last.target);
  return last?.type === 'HereDoc' ? bodyOf(last) : undefined;
}

function bodyOf({ delimiter, body }: HereDoc): string | undefined {
  // In an unquoted one a backslash may join or escape.
  if (delimiter?.quoted === true || (body.parts === undefined && !body.text.includes('\\'))) return body.text;
  return undefined;
}
