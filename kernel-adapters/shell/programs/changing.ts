// Owns: well-known programs that make, change, move or remove files: which ones, by their command lines.
// Source: the programs' manuals (GNU coreutils, gcc; BSD where they agree).

import type { FileAction, Program } from '../facts.ts';
import { each, HERE, state } from './operands.ts';
import { has, lineOf, valuesOf, type Line } from './options.ts';
import { literal, UNKNOWN } from '../word.ts';

/** `cp`, `mv`, `ln`, `install`: operands from which, and the last one to which. */
const transfer =
  (from: FileAction, to: FileAction, values: string, deep: (line: Line) => boolean): Program =>
  (args, facts) => {
    const line = lineOf(args, { values: `t S target-directory suffix ${values}` });
    const [target] = valuesOf(line, 't', 'target-directory');
    const sources = target ? line.operands : line.operands.slice(0, -1);
    const argument = target ?? line.operands.at(-1) ?? UNKNOWN;
    const exact = has(line, 'T', 'no-target-directory');
    const into = target || sources.length > 1 ? true : exact ? false : undefined;
    // A word that is not known may stand for several, or for an option; `--parents` makes a path of its own.
    if (sources.length === 0 || has(line, 'parents') || line.operands.some(({ value }) => value === undefined))
      facts.unknown();
    for (const source of sources) {
      facts.transfer({ action: from, argument: source }, { action: to, argument, into }, deep(line) ? 'any' : 'file');
    }
  };

const ln: Program = (args, facts) => {
  const line = lineOf(args, { values: 't S target-directory suffix' });
  const [source] = line.operands;
  // A relative target of a symbolic link counts from the link, which the text need not tell.
  if (has(line, 's', 'symbolic') && !source?.value?.startsWith('/')) {
    facts.unknown();
    const link = line.operands[1];
    if (link) facts.file('file.create', link);
  } else if (line.operands.length === 1 && line.values.length === 0) {
    transfer('file.read', 'file.create', '', () => true)([...args, HERE], facts);
  } else transfer('file.read', 'file.create', '', () => true)(args, facts);
};

const rm: Program = (args, facts) => {
  const line = lineOf(args, {});
  const kind = has(line, 'r', 'R', 'recursive') ? 'any' : 'file';
  for (const operand of line.operands) facts.file('file.delete', operand, kind);
};

/** `chmod`, `chown`: the first operand says what to set, unless an option does; a mode may look like one. */
const attributes: Program = (args, facts) => {
  const line = lineOf(args, { values: 'reference from' });
  const set = valuesOf(line, 'reference').length > 0 || args.some(({ value }) => /^-[rwxXst]+$/.test(value ?? ''));
  const kind = has(line, 'R', 'recursive') ? 'any' : 'file';
  for (const operand of set ? line.operands : line.operands.slice(1)) facts.file('file.write', operand, kind);
};

/** `gcc` and its like: options of one dash and several letters. */
const compile: Program = (args, facts) => {
  const line = lineOf(args, { values: 'o I L D U l x include isystem', single: true });
  state(facts, 'file.read', line.operands);
  const attached = line.flags.filter((flag) => /^o./.test(flag)).map((flag) => literal(flag.slice(1)));
  const outputs = [...valuesOf(line, 'o'), ...attached];
  for (const output of outputs) facts.file('file.write', output);
  if (outputs.length === 0 && line.operands.length > 0) facts.file('file.create', HERE, 'directory');
};

const dd: Program = (args, facts) => {
  for (const { value } of args) {
    const [, name, path] = /^(if|of)=([^]*)$/.exec(value ?? '') ?? [];
    if (path !== undefined) facts.file(name === 'if' ? 'file.read' : 'file.write', literal(path));
    else if (value === undefined) facts.unknown();
  }
};

const patch: Program = (args, facts) => {
  const line = lineOf(args, { values: 'p i d o r F input directory output strip' });
  for (const input of valuesOf(line, 'i', 'input')) facts.file('file.read', input);
  const [original] = line.operands;
  if (original) facts.file('file.write', original);
  // Otherwise the patch itself names the files.
  else facts.unknown();
};

const split: Program = (args, facts) => {
  const line = lineOf(args, { values: 'a b C l n filter' });
  const [input] = line.operands;
  if (has(line, 'filter')) facts.unknown();
  if (input) state(facts, 'file.read', [input]);
  facts.file('file.create', HERE, 'directory');
};

const install: Program = (args, facts) => {
  const values = 'm o g t S';
  if (has(lineOf(args, { values }), 'd', 'directory')) each('file.create', values, 'directory')(args, facts);
  else transfer('file.read', 'file.write', values, () => false)(args, facts);
};

const recursive = (line: Line): boolean => has(line, 'r', 'R', 'a', 'recursive', 'archive', 'd');

export const CHANGING_PROGRAMS: Record<string, Program> = {
  cp: transfer('file.read', 'file.write', '', recursive),
  install,
  mv: transfer('file.rename', 'file.rename', '', () => true),
  ln,
  link: ln,
  rm,
  unlink: rm,
  rmdir: each('file.delete', '', 'directory'),
  shred: each('file.write', 'n s'),
  truncate: each('file.write', 's r size reference'),
  mkdir: each('file.create', 'm mode', 'directory'),
  touch: each('file.create', 'd r t date reference time'),
  mkfifo: each('file.create', 'm'),
  tee: each('file.write'),
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
