// Owns: well-known programs that look at files: which ones, by their command lines. Some write too, where they are told to.
// Source: the programs' manuals (GNU coreutils, findutils, grep, sed; BSD where they agree).

import type { Program } from '../facts.ts';
import { sedIsPlain } from './filter-script.ts';
import { each, HERE, state } from './operands.ts';
import { has, lineOf, valuesOf } from './options.ts';
import { UNKNOWN, type Argument } from '../word.ts';

/** Directories that are listed; without operands the one the command runs in. */
const lists =
  (values = ''): Program =>
  (args, facts) => {
    const { operands } = lineOf(args, { values });
    for (const operand of operands.length === 0 ? [HERE] : operands) facts.file('file.read', operand, 'directory');
  };

const sort: Program = (args, facts) => {
  const line = lineOf(args, { values: 'k t o S T output key field-separator compress-program files0-from' });
  if (has(line, 'compress-program', 'files0-from')) facts.unknown();
  state(facts, 'file.read', line.operands);
  for (const output of valuesOf(line, 'o', 'output')) facts.file('file.write', output);
};

/** The first operand is read, the second, if any, written. */
const filter =
  (values: string): Program =>
  (args, facts) => {
    const [input, output] = lineOf(args, { values }).operands;
    if (input) state(facts, 'file.read', [input]);
    if (output) state(facts, 'file.write', [output]);
  };

const grep: Program = (args, facts) => {
  const values =
    'e f A B C m d D regexp file after-context before-context context max-count include exclude exclude-dir';
  const line = lineOf(args, { values });
  const patterns = valuesOf(line, 'f', 'file');
  for (const file of patterns) facts.file('file.read', file);
  const given = patterns.length > 0 || valuesOf(line, 'e', 'regexp').length > 0;
  const operands = given ? line.operands : line.operands.slice(1);
  const deep = has(line, 'r', 'R', 'recursive', 'dereference-recursive');
  if (operands.length === 0 && deep) facts.file('file.read', HERE, 'directory');
  state(facts, 'file.read', operands, deep ? 'any' : 'file');
};

/** ripgrep and ag: like grep, but always recursive. */
const rg: Program = (args, facts) => {
  const line = lineOf(args, { values: 'e f A B C g m t T regexp file glob type max-count pre hostname-bin' });
  if (has(line, 'pre', 'hostname-bin')) facts.unknown();
  const operands = valuesOf(line, 'e', 'regexp', 'f', 'file').length > 0 ? line.operands : line.operands.slice(1);
  for (const operand of operands.length === 0 ? [HERE] : operands) facts.file('file.read', operand, 'any');
};

const sed: Program = (args, facts) => {
  // `-i` takes its suffix attached only, so it is no option with a value here; the letters of a suffix do no harm as flags.
  const line = lineOf(args, { values: 'e f l expression file line-length' });
  const files = valuesOf(line, 'f', 'file');
  const scripts = valuesOf(line, 'e', 'expression');
  const [first, ...rest] = line.operands;
  const given = files.length + scripts.length > 0;
  if (!given && first) scripts.push(first);
  if (!scripts.every(({ value }) => value !== undefined && sedIsPlain(value)) || files.length > 0) facts.unknown();
  for (const file of files) facts.file('file.read', file);
  state(facts, has(line, 'i', 'in-place') ? 'file.write' : 'file.read', given ? line.operands : rest);
};

const find: Program = (args, facts) => {
  const start = args.findIndex(({ value }) => value !== undefined && /^[-(!]/.test(value) && !/^-[HLPDO]/.test(value));
  const roots = (start < 0 ? args : args.slice(0, start)).filter(({ value }) => !value?.startsWith('-'));
  const tests = start < 0 ? [] : args.slice(start);
  if (roots.length === 0) roots.push(HERE);
  for (const root of roots) facts.file('file.read', root, 'directory');
  for (const [at, { value }] of tests.entries()) {
    if (value === '-delete') for (const root of roots) facts.file('file.delete', root, 'directory');
    if (value && /^-(fprint0?|fprintf|fls)$/.test(value)) facts.file('file.write', tests[at + 1] ?? UNKNOWN);
    if (value === '-files0-from') facts.unknown();
    if (value && /^-(exec|execdir|ok|okdir)$/.test(value)) {
      let end = at + 1;
      while (end < tests.length && !/^[;+]$/.test(tests[end]!.value ?? '')) end++;
      const command = tests.slice(at + 1, end);
      // `-execdir` runs it where the file is found, so that a relative path is any path.
      const filled = (word: Argument): boolean => value.endsWith('dir') || word.value?.includes('{}') === true;
      facts.run(command.map((word, index) => (index > 0 && filled(word) ? UNKNOWN : word)));
    }
  }
};

const jq: Program = (args, facts) => {
  const line = lineOf(args, { values: 'f from-file indent L' });
  const scripts = valuesOf(line, 'f', 'from-file');
  state(facts, 'file.read', [...scripts, ...line.operands.slice(scripts.length > 0 ? 0 : 1)]);
};

export const READING_PROGRAMS: Record<string, Program> = {
  cat: each('file.read'),
  tac: each('file.read'),
  rev: each('file.read'),
  nl: each('file.read', 'b d f h i l n s v w'),
  head: each('file.read', 'n c lines bytes'),
  tail: each('file.read', 'n c s lines bytes pid'),
  less: each('file.read', 'b h j k o p P t x y z'),
  more: each('file.read', 'n'),
  bat: each('file.read'),
  wc: each('file.read'),
  cut: each('file.read', 'b c d f bytes characters delimiter fields'),
  fold: each('file.read', 'w'),
  paste: each('file.read', 'd delimiters'),
  join: each('file.read', '1 2 a e j o t v'),
  comm: each('file.read'),
  column: each('file.read', 't s c o'),
  strings: each('file.read', 'n t e T o'),
  file: each('file.read', 'm P F'),
  hexdump: each('file.read', 'n s e f C'),
  od: each('file.read', 'A t N j S w'),
  cksum: each('file.read'),
  md5sum: each('file.read'),
  sha1sum: each('file.read'),
  sha256sum: each('file.read'),
  sha512sum: each('file.read'),
  base64: each('file.read', 'w'),
  cmp: each('file.read', 'i n'),
  diff: each('file.read', 'U C W L x I label'),
  objdump: each('file.read', 'b j m M'),
  readelf: each('file.read', 'x p R w'),
  nm: each('file.read'),
  stat: each('file.read', 'c f t'),
  readlink: each('file.read'),
  realpath: each('file.read'),
  ls: lists('I w T ignore'),
  dir: lists(),
  tree: lists('L I P o'),
  du: lists('d B t X max-depth exclude'),
  find,
  grep,
  egrep: grep,
  fgrep: grep,
  zgrep: grep,
  rg,
  ag: rg,
  sort,
  uniq: filter('f s w'),
  xxd: filter('c g l o s'),
  sed,
  jq,
};
