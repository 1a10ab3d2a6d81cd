// Owns: what well-known programs do to the files named on their command lines. Other programs state no file facts.
// Source: the programs' manuals (GNU coreutils, findutils, grep, sed, tar; BSD where they agree).

import type { Facts, FileAction, Kind } from './facts.ts';
import { has, lineOf, valuesOf, type Line } from './options.ts';
import { sedIsPlain } from './filter-script.ts';
import { literal, UNKNOWN, type Argument } from './word.ts';

export type Program = (args: readonly Argument[], facts: Facts) => void;

const HERE = literal('.');

const isStream = (argument: Argument): boolean => argument.value === '-';

/** Every operand is an object of `action`. */
const each =
  (action: FileAction, values = '', kind: Kind = 'file'): Program =>
  (args, facts) => {
    for (const operand of lineOf(args, { values }).operands) {
      if (!isStream(operand)) facts.file(action, operand, kind);
    }
  };

// Programs that read their operands, with the options that take a value.
// prettier-ignore
const READERS: Record<string, string> = {
  cat: '', tac: '', rev: '', nl: 'b d f h i l n s v w', head: 'n c lines bytes', tail: 'n c s lines bytes pid',
  less: 'b h j k o p P t x y z', more: 'n', bat: '', wc: '', cut: 'b c d f bytes characters delimiter fields',
  fold: 'w', paste: 'd delimiters', join: '1 2 a e j o t v', comm: '', column: 't s c o', strings: 'n t e T o',
  file: 'm P F', hexdump: 'n s e f C', od: 'A t N j S w', cksum: '', md5sum: '', sha1sum: '', sha256sum: '',
  sha512sum: '', base64: 'w', cmp: 'i n', diff: 'U C W L x I label', objdump: 'b j m M', readelf: 'x p R w', nm: '',
  stat: 'c f t', readlink: '', realpath: '',
};

/** Directories that are listed; without operands the one the command runs in. */
const lists =
  (values = ''): Program =>
  (args, facts) => {
    const { operands } = lineOf(args, { values });
    for (const operand of operands.length === 0 ? [HERE] : operands) facts.file('file.read', operand, 'directory');
  };

const sort: Program = (args, facts) => {
  const line = lineOf(args, { values: 'k t o S T output key field-separator' });
  for (const operand of line.operands) if (!isStream(operand)) facts.file('file.read', operand);
  for (const output of valuesOf(line, 'o', 'output')) facts.file('file.write', output);
};

/** The first operand is read, the second, if any, written. */
const filter =
  (values: string): Program =>
  (args, facts) => {
    const [input, output] = lineOf(args, { values }).operands;
    if (input && !isStream(input)) facts.file('file.read', input);
    if (output && !isStream(output)) facts.file('file.write', output);
  };

const grep: Program = (args, facts) => {
  const values =
    'e f A B C m d D regexp file after-context before-context context max-count include exclude exclude-dir';
  const line = lineOf(args, { values: `${values} color colour` });
  const patterns = valuesOf(line, 'f', 'file');
  for (const file of patterns) facts.file('file.read', file);
  const given = patterns.length > 0 || valuesOf(line, 'e', 'regexp').length > 0;
  const operands = given ? line.operands : line.operands.slice(1);
  const deep = has(line, 'r', 'R', 'recursive', 'dereference-recursive');
  if (operands.length === 0 && deep) facts.file('file.read', HERE, 'directory');
  for (const operand of operands) if (!isStream(operand)) facts.file('file.read', operand, deep ? 'any' : 'file');
};

/** ripgrep and ag: like grep, but always recursive. */
const rg: Program = (args, facts) => {
  const line = lineOf(args, { values: 'e f A B C g m t T regexp file glob type max-count' });
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
  const inPlace = has(line, 'i', 'in-place') || valuesOf(line, 'in-place').length > 0;
  for (const operand of given ? line.operands : rest) {
    if (!isStream(operand)) facts.file(inPlace ? 'file.write' : 'file.read', operand);
  }
};

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
    // A word that is not known may stand for several, or for an option.
    if (sources.length === 0 || line.operands.some(({ value }) => value === undefined)) facts.unknown();
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

const find: Program = (args, facts) => {
  const start = args.findIndex(({ value }) => value !== undefined && /^[-(!]/.test(value) && !/^-[HLPDO]/.test(value));
  const roots = (start < 0 ? args : args.slice(0, start)).filter(({ value }) => !value?.startsWith('-'));
  const tests = start < 0 ? [] : args.slice(start);
  if (roots.length === 0) roots.push(HERE);
  for (const root of roots) facts.file('file.read', root, 'directory');
  for (const [at, { value }] of tests.entries()) {
    if (value === '-delete') for (const root of roots) facts.file('file.delete', root, 'directory');
    if (value && /^-(fprint0?|fprintf|fls)$/.test(value)) facts.file('file.write', tests[at + 1] ?? UNKNOWN);
    if (value && /^-(exec|execdir|ok|okdir)$/.test(value)) {
      const end = tests.findIndex((word, index) => index > at && (word.value === ';' || word.value === '+'));
      const command = tests.slice(at + 1, end < 0 ? undefined : end);
      facts.run(command.map((word) => (word.value?.includes('{}') ? UNKNOWN : word)));
    }
  }
};

const tar: Program = (args, facts) => {
  // The first word may be letters without a dash.
  const [first, ...rest] = args;
  const dashed = first?.value && /^[A-Za-z]+$/.test(first.value) ? [literal(`-${first.value}`), ...rest] : args;
  const line = lineOf(oldStyle(dashed), { values: 'f C T X file directory files-from exclude strip-components' });
  if (has(line, 'to-command', 'checkpoint-action', 'use-compress-program', 'I') || line.flags.length === 0)
    facts.unknown();
  const [archive] = valuesOf(line, 'f', 'file');
  const [directory = HERE] = valuesOf(line, 'C', 'directory');
  const creates = has(line, 'c', 'r', 'u', 'create', 'append', 'update');
  if (archive && !isStream(archive)) facts.file(creates ? 'file.write' : 'file.read', archive);
  if (has(line, 'x', 'extract', 'get')) facts.file('file.create', directory, 'directory');
  if (creates) {
    if (directory !== HERE || valuesOf(line, 'T', 'files-from').length > 0) facts.unknown();
    else for (const operand of line.operands) facts.file('file.read', operand, 'any');
  }
};

/** `tar xfC A D` gives values in the order of the letters; the dashed form does not bundle them so. */
function oldStyle(args: readonly Argument[]): Argument[] {
  const [first, ...rest] = args;
  const letters = first?.value?.match(/^-([A-Za-z]+)$/)?.[1];
  if (letters === undefined) return [...args];
  const taking = [...letters].filter((letter) => 'fCTX'.includes(letter));
  const plain = [...letters].filter((letter) => !'fCTX'.includes(letter));
  const values = taking.flatMap((letter, at) => [literal(`-${letter}`), rest[at] ?? UNKNOWN]);
  return [...plain.map((letter) => literal(`-${letter}`)), ...values, ...rest.slice(taking.length)];
}

const unzip: Program = (args, facts) => {
  const line = lineOf(args, { values: 'd x P' });
  const [archive] = line.operands;
  if (archive) facts.file('file.read', archive);
  if (!has(line, 'l', 't', 'p', 'v', 'Z')) facts.file('file.create', valuesOf(line, 'd')[0] ?? HERE, 'directory');
};

const zip: Program = (args, facts) => {
  const line = lineOf(args, { values: 'x i n t tt b P' });
  const [archive, ...members] = line.operands;
  if (archive) facts.file('file.write', archive);
  for (const member of members) facts.file('file.read', member, has(line, 'r') ? 'any' : 'file');
};

/** `gcc` and its like: options of one dash and several letters. */
const compile: Program = (args, facts) => {
  const line = lineOf(args, { values: 'o I L D U l x include isystem', single: true });
  for (const operand of line.operands) if (!isStream(operand)) facts.file('file.read', operand);
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

const jq: Program = (args, facts) => {
  const line = lineOf(args, { values: 'f from-file indent L' });
  const scripts = valuesOf(line, 'f', 'from-file');
  for (const operand of [...scripts, ...line.operands.slice(scripts.length > 0 ? 0 : 1)])
    facts.file('file.read', operand);
};

const mkdir: Program = (args, facts) => {
  for (const operand of lineOf(args, { values: 'm mode' }).operands) facts.file('file.create', operand, 'directory');
};

const split: Program = (args, facts) => {
  const [input] = lineOf(args, { values: 'a b C l n' }).operands;
  if (input && !isStream(input)) facts.file('file.read', input);
  facts.file('file.create', HERE, 'directory');
};

const recursive = (line: Line): boolean => has(line, 'r', 'R', 'a', 'recursive', 'archive', 'd');

export const FILE_PROGRAMS: Record<string, Program> = {
  ...Object.fromEntries(Object.entries(READERS).map(([name, values]) => [name, each('file.read', values)])),
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
  cp: transfer('file.read', 'file.write', '', recursive),
  install: transfer('file.read', 'file.write', 'm o g', () => false),
  mv: transfer('file.rename', 'file.rename', '', () => true),
  ln,
  link: ln,
  rm,
  unlink: rm,
  rmdir: each('file.delete', '', 'directory'),
  shred: each('file.write', 'n s'),
  truncate: each('file.write', 's r size reference'),
  mkdir,
  touch: each('file.create', 'd r t date reference time'),
  mkfifo: each('file.create', 'm'),
  tee: each('file.write'),
  chmod: attributes,
  chown: attributes,
  chgrp: attributes,
  tar,
  zip,
  unzip,
  gzip: each('file.rename', 'S'),
  gunzip: each('file.rename', 'S'),
  bzip2: each('file.rename'),
  xz: each('file.rename'),
  gcc: compile,
  'g++': compile,
  cc: compile,
  clang: compile,
  dd,
  patch,
  split,
};
