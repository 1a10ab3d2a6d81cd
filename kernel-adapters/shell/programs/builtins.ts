// Owns: what the shell does itself, and programs that touch nothing but their output.
// Excludes: where `cd` and its like leave the shell (command.ts).

import type { Facts, Program } from '../facts.ts';
import { has, lineOf, valuesOf, type Syntax } from './options.ts';
import { changesWhatRuns, decidesInShell } from './variables.ts';

// Whatever they are given, they touch nothing but the shell and its output.
const QUIET =
  ': true false echo exit return break continue shift sleep pwd basename dirname seq expr ' +
  'whoami id uname nproc arch tty ps which type yes umask ulimit times groups logname printenv clear';

/** Programs of which words that are not known change nothing. */
export const INERT: ReadonlySet<string> = new Set(
  `${QUIET} [ test printf export declare typeset local readonly`.split(' '),
);

const nothing: Program = () => {};

/** Bash evaluates an array's index where it takes a variable's name, so only a plain name is one. */
function assign(name: string | undefined, facts: Facts, value?: string): void {
  const plain = name !== undefined && /^[A-Za-z_]\w*$/.test(name);
  if (!plain) facts.unknown();
  if (!plain || decidesInShell(name, value)) facts.unsettle();
}

/** `export A=B`, `declare a=b`: a value is arithmetic with `-i`, another name with `-n`, and exported with `-x`. */
const declares =
  (syntax: Syntax, exports: boolean): Program =>
  (args, facts) => {
    const unknown = (): void => redefines(args, facts);
    const line = lineOf(args, { unknown }, syntax);
    for (const { value, prefix } of line.operands) {
      const [, name, set] = /^([A-Za-z_]\w*)(?:=([^]*))?$/.exec(value ?? prefix) ?? [];
      const given = value === undefined ? undefined : (set ?? '');
      assign(name, facts, given);
      if (name && (exports || has(line, 'x')) && changesWhatRuns(name, given)) facts.unsettle();
    }
  };

const read: Program = (args, facts) => {
  const line = lineOf(args, facts, { flags: 'r s', values: 'p t n N d u a' });
  for (const { value } of [...line.operands, ...valuesOf(line, 'a')]) assign(value, facts);
};

const mapfile: Program = (args, facts) => {
  for (const { value } of lineOf(args, facts, { flags: 't', values: 'd n O s u' }).operands) assign(value, facts);
};

const unset: Program = (args, facts) => {
  for (const { value } of lineOf(args, facts, {}).operands) assign(value, facts);
};

/** `-v NAME` assigns, and a format that is not known may be `-v`. */
const printf: Program = ([first, second], facts) => {
  if (first?.value === undefined && !/^[^-]/.test(first?.prefix ?? '')) facts.unknown();
  if (!first?.value?.startsWith('-')) return;
  if (first.value === '-v') assign(second?.value, facts);
  else if (first.value !== '--') facts.unknown();
};

const QUOTED = /^"[^"]*"$|^\$[?#$!]$/;

/**
 * `-v` and `-R` evaluate an array's index; a word that is not known may be either, unless what stands beside it forbids
 * that.
 */
const test: Program = (args, facts) => {
  for (const [at, { value, text }] of args.entries()) {
    const next = args[at + 1];
    const evaluated =
      value === undefined ? !QUOTED.test(text) || (next && next.value === undefined) : /\w\[/.test(value);
    const named = value !== '-v' && value !== '-R';
    if (evaluated || !(named || next === undefined || /^\w+$/.test(next.value ?? ''))) facts.unknown();
  }
};

const SET = /^([-+][eux]*o?|pipefail|errexit|nounset|xtrace|--)$/;

/** `set -e -o pipefail`; what exports by itself or sets words is not for this table. */
const set: Program = (args, facts) => {
  if (args.every(({ value }) => SET.test(value ?? ''))) return;
  facts.unknown();
  facts.unsettle();
};

/** Changes what names or settings mean from here on. */
const redefines: Program = (_args, facts) => {
  facts.unknown();
  facts.unsettle();
};

const wait: Program = (args, facts) => {
  if (!args.every(({ value, text }) => /^(%?\d+|\$!|"\$!")$/.test(value ?? text))) facts.unknown();
};

const date: Program = (args, facts) => {
  const { operands } = lineOf(args, facts, { flags: 'u R', values: 'd date', optional: 'I iso-8601' });
  // Anything but a format sets the clock.
  if (!operands.every(({ value }) => value?.startsWith('+'))) facts.unknown();
};

/** Known by their options alone; operands are words, not files. */
const words =
  (syntax: Syntax, operandsMax = Infinity): Program =>
  (args, facts) => {
    if (lineOf(args, facts, syntax).operands.length > operandsMax) facts.unknown();
  };

export const BUILTINS: Record<string, Program> = {
  ...Object.fromEntries(QUIET.split(' ').map((name) => [name, nothing])),
  cd: nothing,
  pushd: nothing,
  popd: nothing,
  '[': test,
  test,
  printf,
  read,
  mapfile,
  readarray: mapfile,
  unset,
  set,
  wait,
  date,
  export: declares({}, true),
  declare: declares({ flags: 'a A g r x p f F' }, false),
  typeset: declares({ flags: 'a A g r x p f F' }, false),
  local: declares({ flags: 'a A r x' }, false),
  readonly: declares({ flags: 'a A' }, false),
  alias: redefines,
  unalias: redefines,
  enable: redefines,
  hash: redefines,
  shopt: redefines,
  tr: words({ flags: 'c C d s t complement delete squeeze-repeats' }),
  hostname: words({}, 0),
  dirs: words({}, 0),
};
