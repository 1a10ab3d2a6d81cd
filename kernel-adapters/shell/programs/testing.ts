// Owns: programs that build, check or test the project they stand in, in their plain forms.
// Excludes: what the project's own files make them do, as for any script.

import type { Program } from '../facts.ts';
import { each, HERE, state } from './operands.ts';
import { has, lineOf, valuesOf } from './options.ts';
import { literal } from '../word.ts';

export const pytest: Program = (args, facts) => {
  const { operands } = lineOf(args, facts, {
    flags: 'q v s x l quiet verbose exitfirst lf ff no-header no-summary collect-only disable-warnings',
    values: 'k m r n tb maxfail durations',
  });
  for (const operand of operands) {
    const path = operand.value === undefined ? operand : literal(operand.value.split('::', 1)[0]!);
    state(facts, 'file.read', [path], 'any');
  }
};

/** Modules, classes and methods by their dotted names, or files; or where to look for them. */
export const unittest: Program = (args, facts) => {
  const line = lineOf(args, facts, { flags: 'q v f b c quiet verbose failfast', values: 's p k' });
  const discovers = line.operands[0]?.value === 'discover';
  const starts = [...valuesOf(line, 's'), ...(discovers ? line.operands.slice(1) : [])];
  for (const start of starts) facts.file('file.read', start, 'directory');
  for (const operand of line.operands) if (/\/|\.py$/.test(operand.value ?? '')) facts.file('file.read', operand);
};

const make: Program = (args, facts) => {
  const { operands } = lineOf(args, facts, { flags: 'k B s n silent keep-going dry-run', optional: 'j' });
  // `NAME=VALUE` may be the shell that runs it all.
  if (!operands.every(({ value }) => /^[\w./-]+$/.test(value ?? ''))) facts.unknown();
};

const cargo: Program = (args, facts) => {
  const line = lineOf(args, facts, { flags: 'q v release quiet verbose all workspace' });
  if (!/^(build|check|test|clippy)$/.test(line.operands[0]?.value ?? '')) facts.unknown();
};

const go: Program = ([verb, ...args], facts) => {
  const line = lineOf(args, facts, { flags: 'v race short cover', values: 'run count timeout o', single: true });
  if (!/^(build|test|vet)$/.test(verb?.value ?? '')) return facts.unknown();
  const outputs = valuesOf(line, 'o');
  for (const output of outputs) facts.file('file.write', output);
  if (verb!.value === 'build' && outputs.length === 0) facts.file('file.create', HERE, 'directory');
  for (const { value } of line.operands) {
    if (/^[./]/.test(value ?? '')) facts.file('file.read', literal(value!.replace(/\/?\.\.\.$/, '') || '.'), 'any');
  }
};

const tsc: Program = (args, facts) => {
  const line = lineOf(args, facts, { flags: 'noEmit', single: true });
  // Otherwise settings say where the output goes.
  if (!has(line, 'noEmit', 'version', 'help')) facts.unknown();
  for (const operand of line.operands) facts.file('file.read', operand);
};

export const TESTING_PROGRAMS: Record<string, Program> = {
  pytest,
  make,
  cargo,
  go,
  tsc,
  flake8: each('file.read', {}, 'any'),
  mypy: each('file.read', { flags: 'strict' }, 'any'),
  pylint: each('file.read', {}, 'any'),
};
