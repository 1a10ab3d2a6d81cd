// Owns: well-known programs that pack, unpack and compress: the archive, what goes in, and where it comes out.

import type { Program } from '../facts.ts';
import { each, HERE, state } from './operands.ts';
import { has, lineOf, valuesOf } from './options.ts';
import { literal, UNKNOWN, type Argument } from '../word.ts';

const tar: Program = (args, facts) => {
  const values = 'f C T X I file directory files-from exclude strip-components to-command use-compress-program';
  const line = lineOf(bundled(args), { values });
  const creates = has(line, 'c', 'r', 'u', 'create', 'append', 'update');
  const extracts = has(line, 'x', 'extract', 'get');
  const [archive] = valuesOf(line, 'f', 'file');
  const [directory = HERE] = valuesOf(line, 'C', 'directory');
  if (archive) state(facts, creates ? 'file.write' : 'file.read', [archive]);
  if (extracts) facts.file('file.create', directory, 'directory');
  // Programs that tar runs; lists in files; paths that count from another directory.
  const told = !has(line, 'to-command', 'checkpoint-action', 'use-compress-program', 'I', 'T', 'files-from');
  if (!told || (creates && directory !== HERE) || !(creates || extracts || has(line, 't', 'list'))) facts.unknown();
  else if (creates) state(facts, 'file.read', line.operands, 'any');
};

/** `tar xfC A D`: without a dash the letters come first and their values follow in order. */
function bundled(args: readonly Argument[]): readonly Argument[] {
  const [first, ...rest] = args;
  if (!/^[A-Za-z]+$/.test(first?.value ?? '')) return args;
  const letters = [...first!.value!];
  const taking = letters.filter((letter) => 'fCTXI'.includes(letter));
  return [
    ...letters.filter((letter) => !taking.includes(letter)).map((letter) => literal(`-${letter}`)),
    ...taking.flatMap((letter, at) => [literal(`-${letter}`), rest[at] ?? UNKNOWN]),
    ...rest.slice(taking.length),
  ];
}

const unzip: Program = (args, facts) => {
  const line = lineOf(args, { values: 'd x P' });
  const [archive] = line.operands;
  if (archive) facts.file('file.read', archive);
  if (!has(line, 'l', 't', 'p', 'v', 'Z')) facts.file('file.create', valuesOf(line, 'd')[0] ?? HERE, 'directory');
};

const zip: Program = (args, facts) => {
  const line = lineOf(args, { values: 'x i n t b P' });
  const [archive, ...members] = line.operands;
  // `-T` tests the archive with a program that `-TT` names.
  if (has(line, 'T', 'unzip-command')) facts.unknown();
  if (archive) facts.file('file.write', archive);
  state(facts, 'file.read', members, has(line, 'r') ? 'any' : 'file');
};

export const ARCHIVE_PROGRAMS: Record<string, Program> = {
  tar,
  zip,
  unzip,
  // The file is replaced by another of a name derived from it.
  gzip: each('file.rename', 'S'),
  gunzip: each('file.rename', 'S'),
  bzip2: each('file.rename'),
  bunzip2: each('file.rename'),
  xz: each('file.rename', 'T'),
  unxz: each('file.rename', 'T'),
};
