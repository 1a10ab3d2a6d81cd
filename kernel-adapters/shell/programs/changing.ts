// Owns: well-known programs that make, change, move or remove files: which ones, by their command lines.
// Source: the programs' manuals (GNU coreutils, gcc). What is not listed is `dynamic`.

import type { FileAction, Program } from '../facts.ts';
import { each, HERE, state } from './operands.ts';
import { has, lineOf, valuesOf, type Line, type Syntax } from './options.ts';
import { literal, UNKNOWN } from '../word.ts';

/** `cp`, `mv`, `ln`, `install`: operands from which, and the last one to which. */
const transfer =
  (from: FileAction, to: FileAction, { flags = '', values = '' }: Syntax, deep: (line: Line) => boolean): Program =>
  (args, facts) => {
    const line = lineOf(args, facts, { flags, values: `t target-directory ${values}` });
    const [target] = valuesOf(line, 't', 'target-directory');
    const sources = target ? line.operands : line.operands.slice(0, -1);
    const argument = target ?? line.operands.at(-1) ?? UNKNOWN;
    const exact = has(line, 'T', 'no-target-directory');
    const into = target || sources.length > 1 ? true : exact ? false : undefined;
    // A word that is not known may stand for several, or for an option.
    if (sources.length === 0 || line.operands.some(({ value }) => value === undefined)) facts.unknown();
    for (const source of sources) {
      facts.transfer({ action: from, argument: source }, { action: to, argument, into }, deep(line) ? 'any' : 'file');
    }
  };

const LN: Syntax = { flags: 's f n v T i symbolic force no-dereference verbose no-target-directory' };
const links = transfer('file.read', 'file.create', LN, () => true);

const ln: Program = (args, facts) => {
  const line = lineOf(args, facts, { ...LN, values: 't target-directory' });
  const [source] = line.operands;
  // A relative target of a symbolic link counts from the link, which the text need not tell.
  if (has(line, 's', 'symbolic') && !source?.value?.startsWith('/')) {
    facts.unknown();
    const link = line.operands[1];
    if (link) facts.file('file.create', link);
  } else links(line.operands.length === 1 && line.values.length === 0 ? [...args, HERE] : args, facts);
};

const rm: Program = (args, facts) => {
  const line = lineOf(args, facts, { flags: 'r R f i I v d recursive force verbose dir' });
  const kind = has(line, 'r', 'R', 'recursive') ? 'any' : 'file';
  for (const operand of line.operands) facts.file('file.delete', operand, kind);
};

/** `chmod`, `chown`: the first operand says what to set, though a mode may look like an option. */
const attributes: Program = (args, facts) => {
  const [mode, ...rest] = args.filter(({ value }) => /^-[rwxXst]+$/.test(value ?? ''));
  const others = args.filter((arg) => arg !== mode && !rest.includes(arg));
  const line = lineOf(others, facts, { flags: 'R v c f h recursive verbose changes silent quiet' });
  const kind = has(line, 'R', 'recursive') ? 'any' : 'file';
  for (const operand of mode ? line.operands : line.operands.slice(1)) facts.file('file.write', operand, kind);
};

// No commas: `-Wl,` and its like hand options on. No `-f…=`: one of them loads a plugin.
const COMPILER_FLAG =
  /^-(O[0-3sgz]?|g\d?|c|S|E|w|v|s|static|shared|pthread|fPIC|fPIE|fpic|fno-[\w-]+|fsanitize=\w+|fstack-protector|pie|no-pie|pedantic|ansi|W[\w-]*(=\d)?|std=[\w+]+|l[\w.+-]+|D\w+(=\w*)?|U\w+|[IL][^,]+|m(32|64)|march=[\w-]+)$/;

const compile: Program = (args, facts) => {
  const others = args.filter(({ value }) => !COMPILER_FLAG.test(value ?? ''));
  const attached = others.filter(({ value }) => /^-o./.test(value ?? ''));
  const rest = others.filter((arg) => !attached.includes(arg));
  const line = lineOf(rest, facts, { values: 'o I L D U x', single: true });
  state(facts, 'file.read', line.operands);
  const outputs = [...valuesOf(line, 'o'), ...attached.map(({ value }) => literal(value!.slice(2)))];
  for (const output of outputs) facts.file('file.write', output);
  if (outputs.length === 0 && line.operands.length > 0) facts.file('file.create', HERE, 'directory');
};

const dd: Program = (args, facts) => {
  for (const { value } of args) {
    const [, name, path] = /^(if|of)=([^]*)$/.exec(value ?? '') ?? [];
    if (path !== undefined) facts.file(name === 'if' ? 'file.read' : 'file.write', literal(path));
    else if (!/^(bs|ibs|obs|count|skip|seek|conv|status|iflag|oflag)=[\w,]*$/.test(value ?? '')) facts.unknown();
  }
};

const patch: Program = (args, facts) => {
  const line = lineOf(args, facts, { flags: 'N R s f t', values: 'p i o' });
  for (const input of valuesOf(line, 'i')) facts.file('file.read', input);
  for (const output of valuesOf(line, 'o')) facts.file('file.write', output);
  const [original, input] = line.operands;
  if (original) facts.file('file.write', original);
  // Otherwise the patch itself names the files.
  else facts.unknown();
  if (input) facts.file('file.read', input);
};

const split: Program = (args, facts) => {
  const line = lineOf(args, facts, { flags: 'd', values: 'a b C l n', count: true });
  const [input, prefix] = line.operands;
  if (input) state(facts, 'file.read', [input]);
  // The pieces are named by the prefix and a counter.
  const directory =
    prefix && (prefix.value === undefined ? prefix : literal(prefix.value.replace(/[^/]*$/, '') || '.'));
  facts.file('file.create', directory ?? HERE, 'directory');
};

const install: Program = (args, facts) => {
  const syntax = { flags: 'D v p C c d directory', values: 'm o g' };
  const directories = args.some(({ value }) => /^(-\w*d|--directory)$/.test(value ?? ''));
  const put = directories
    ? each('file.create', syntax, 'directory')
    : transfer('file.read', 'file.write', syntax, () => false);
  put(args, facts);
};

const recursive = (line: Line): boolean => has(line, 'r', 'R', 'a', 'recursive', 'archive', 'd');

export const CHANGING_PROGRAMS: Record<string, Program> = {
  cp: transfer(
    'file.read',
    'file.write',
    { flags: 'r R a f i n p u v d L P H T x recursive archive force no-clobber verbose no-target-directory' },
    recursive,
  ),
  install,
  mv: transfer(
    'file.rename',
    'file.rename',
    { flags: 'f i n u v T force no-clobber verbose no-target-directory' },
    () => true,
  ),
  ln,
  rm,
  unlink: rm,
  rmdir: each('file.delete', { flags: 'v' }, 'directory'),
  shred: each('file.write', { flags: 'v z f', values: 'n s' }),
  truncate: each('file.write', { flags: 'c', values: 's size' }),
  mkdir: each('file.create', { flags: 'p v parents verbose', values: 'm mode' }, 'directory'),
  touch: each('file.create', { flags: 'a m c f', values: 'd t date' }),
  mkfifo: each('file.create', { values: 'm' }),
  tee: each('file.write', { flags: 'a i append' }),
  chmod: attributes,
  chown: attributes,
  chgrp: attributes,
  gcc: compile,
  'g++': compile,
  cc: compile,
  clang: compile,
  dd,
  patch,
  split,
};
