// Owns: well-known programs that look at files: which ones, by their command lines. Some write too, where they are told
// to. Source: the programs' manuals (GNU coreutils, findutils, grep, sed, binutils, util-linux). What is not listed is
// `dynamic`.

import type { Program } from '../facts.ts';
import { sedIsPlain } from './filter-script.ts';
import { each, HERE, state } from './operands.ts';
import { has, lineOf, valuesOf, type Syntax } from './options.ts';
import { UNKNOWN, type Argument } from '../word.ts';

/** Directories that are listed; without operands the one the command runs in. */
const lists =
  (syntax: Syntax): Program =>
  (args, facts) => {
    const { operands } = lineOf(args, facts, syntax);
    for (const operand of operands.length === 0 ? [HERE] : operands) facts.file('file.read', operand, 'directory');
  };

const sort: Program = (args, facts) => {
  const flags =
    'n r u f b h V d g i M s z c C m numeric-sort reverse unique human-numeric-sort version-sort ignore-case';
  const line = lineOf(args, facts, { flags, values: 'k t o output key field-separator' });
  state(facts, 'file.read', line.operands);
  for (const output of valuesOf(line, 'o', 'output')) facts.file('file.write', output);
};

/** The first operand is read, the second, if any, written. */
const filter =
  (syntax: Syntax): Program =>
  (args, facts) => {
    const [input, output, ...more] = lineOf(args, facts, syntax).operands;
    if (input) state(facts, 'file.read', [input]);
    if (output) state(facts, 'file.write', [output]);
    if (more.length > 0) facts.unknown();
  };

const GREP: Syntax = {
  flags:
    'n i v l L c o q s w x E F P G r R h H a I b y line-number ignore-case invert-match files-with-matches files-without-match ' +
    'count only-matching quiet silent no-messages word-regexp line-regexp extended-regexp fixed-strings perl-regexp ' +
    'basic-regexp recursive dereference-recursive no-filename with-filename text',
  values:
    'e f A B C m regexp file after-context before-context context max-count include exclude exclude-dir binary-files',
  optional: 'color colour',
  count: true,
};

const grep: Program = (args, facts) => {
  const line = lineOf(args, facts, GREP);
  const patterns = valuesOf(line, 'f', 'file');
  state(facts, 'file.read', patterns);
  const given = patterns.length > 0 || valuesOf(line, 'e', 'regexp').length > 0;
  const operands = given ? line.operands : line.operands.slice(1);
  const deep = has(line, 'r', 'R', 'recursive', 'dereference-recursive');
  if (operands.length === 0 && deep) facts.file('file.read', HERE, 'directory');
  state(facts, 'file.read', operands, deep ? 'any' : 'file');
};

/** ripgrep: like grep, but always recursive. */
const rg: Program = (args, facts) => {
  const line = lineOf(args, facts, {
    flags:
      'n N i s S l c v w x F o q H I P U u L hidden files no-ignore line-number ignore-case files-with-matches count ' +
      'fixed-strings word-regexp smart-case no-heading heading quiet only-matching',
    values: 'e f A B C g m t T regexp file glob type max-count max-depth context after-context before-context color',
  });
  const patterns = valuesOf(line, 'f', 'file');
  state(facts, 'file.read', patterns);
  const given = has(line, 'files', 'e', 'regexp') || patterns.length > 0;
  const operands = given ? line.operands : line.operands.slice(1);
  state(facts, 'file.read', operands.length === 0 ? [HERE] : operands, 'any');
};

const sed: Program = (args, facts) => {
  const line = lineOf(args, facts, {
    flags: 'n r E s u z quiet silent regexp-extended separate',
    values: 'e f expression file',
    optional: 'i in-place',
  });
  const files = valuesOf(line, 'f', 'file');
  const scripts = valuesOf(line, 'e', 'expression');
  const [first, ...rest] = line.operands;
  const given = files.length + scripts.length > 0;
  if (!given && first) scripts.push(first);
  if (!scripts.every(({ value }) => value !== undefined && sedIsPlain(value)) || files.length > 0) facts.unknown();
  // The name of the copy is made from the suffix.
  if (valuesOf(line, 'i', 'in-place').some(({ value }) => !/^\.\w+$/.test(value ?? ''))) facts.unknown();
  for (const file of files) facts.file('file.read', file);
  state(facts, has(line, 'i', 'in-place') ? 'file.write' : 'file.read', given ? line.operands : rest);
};

const FIND_TESTS = new Set(
  (
    '-print -print0 -ls -empty -not ! ( ) , -o -or -a -and -true -false -prune -quit -readable -writable -executable -depth -xdev ' +
    '-mount -daystart -nouser -nogroup -follow -delete'
  ).split(' '),
);
const FIND_VALUES = new Set(
  (
    '-name -iname -path -ipath -wholename -iwholename -regex -iregex -regextype -type -size -mtime -atime -ctime -mmin -amin -cmin ' +
    '-maxdepth -mindepth -perm -user -group -uid -gid -links -inum -printf'
  ).split(' '),
);

/** Named by what is found, or from where it is found. */
const moved = (word: Argument): boolean => /\{\}|^[^/]+\//.test(word.value ?? '');

const find: Program = (args, facts) => {
  const start = args.findIndex(({ value }) => value !== undefined && /^[-(!]/.test(value) && !/^-[HLP]$/.test(value));
  const roots = (start < 0 ? args : args.slice(0, start)).filter(({ value }) => !value?.startsWith('-'));
  const tests = start < 0 ? [] : args.slice(start);
  if (roots.length === 0) roots.push(HERE);
  for (const root of roots) facts.file('file.read', root, 'directory');
  for (let at = 0; at < tests.length; at++) {
    const value = tests[at]!.value ?? '';
    if (value === '-delete') for (const root of roots) facts.file('file.delete', root, 'directory');
    if (/^-(exec|execdir|ok|okdir)$/.test(value)) {
      let end = at + 1;
      const ends = (word: string | undefined): boolean =>
        word === ';' || (word === '+' && tests[end - 1]?.value === '{}');
      while (end < tests.length && !ends(tests[end]!.value)) end++;
      if (end === tests.length) facts.unknown();
      // `-execdir` runs it where the file is found, so that a relative path is any path.
      const filled = (word: Argument): boolean => value.endsWith('dir') || word.value?.includes('{}') === true;
      const command = tests.slice(at + 1, end);
      facts.run(command.map((word, index) => ((index === 0 ? moved(word) : filled(word)) ? UNKNOWN : word)));
      at = end;
    } else if (/^-(fprint0?|fls|fprintf)$/.test(value)) {
      facts.file('file.write', tests[++at] ?? UNKNOWN);
      if (value === '-fprintf') at++;
    } else if (/^-(newer|samefile)$/.test(value)) facts.file('file.read', tests[++at] ?? UNKNOWN);
    else if (FIND_VALUES.has(value)) at++;
    else if (!FIND_TESTS.has(value)) facts.unknown();
  }
};

const jq: Program = (args, facts) => {
  const flags =
    'r c e n s S M C a R j raw-output compact-output exit-status null-input slurp sort-keys monochrome-output color-output raw-input';
  const line = lineOf(args, facts, { flags, values: 'indent' });
  const [program, ...inputs] = line.operands;
  // Modules are files.
  if (/\b(import|include)\b/.test(program?.value ?? 'import')) facts.unknown();
  state(facts, 'file.read', inputs);
};

const sums = each('file.read', { flags: 'b t z binary text zero' });

export const READING_PROGRAMS: Record<string, Program> = {
  cat: each('file.read', { flags: 'n A e E s t T u v b number number-nonblank show-all show-ends show-tabs' }),
  tac: each('file.read'),
  rev: each('file.read'),
  nl: each('file.read', { values: 'b d f h i l n s v w' }),
  head: each('file.read', { flags: 'q v z quiet silent verbose', values: 'n c lines bytes', count: true }),
  tail: each('file.read', { flags: 'f F q v z quiet verbose', values: 'n c s lines bytes', count: true }),
  less: each('file.read', { flags: 'R S N F X i r' }),
  more: each('file.read'),
  bat: each('file.read', { flags: 'p n A plain number', values: 'l r language line-range style color paging' }),
  wc: each('file.read', { flags: 'l w c m L lines words bytes chars' }),
  cut: each('file.read', {
    flags: 's z complement only-delimited',
    values: 'b c d f bytes characters delimiter fields output-delimiter',
  }),
  fold: each('file.read', { flags: 's b', values: 'w width' }),
  expand: each('file.read', { flags: 'i', values: 't' }),
  paste: each('file.read', { flags: 's z', values: 'd delimiters' }),
  join: each('file.read', { flags: 'i', values: '1 2 a e j o t v' }),
  comm: each('file.read', { flags: '1 2 3 z' }),
  column: each('file.read', { flags: 't x', values: 's c' }),
  strings: each('file.read', { flags: 'a f o w', values: 'n t e', count: true }),
  file: each('file.read', { flags: 'b i L k brief mime mime-type dereference' }),
  hexdump: each('file.read', { flags: 'C c b d o x v', values: 'n s' }),
  od: each('file.read', { flags: 'a b c d f i l o s x v', values: 'A t N j', optional: 'w' }),
  cksum: each('file.read'),
  md5sum: sums,
  sha1sum: sums,
  sha256sum: sums,
  sha512sum: sums,
  base64: each('file.read', { flags: 'd i decode ignore-garbage', values: 'w wrap' }),
  cmp: each('file.read', { flags: 's l b silent quiet verbose', values: 'i n' }),
  diff: each(
    'file.read',
    {
      flags:
        'u r q N a b B i w c y s t brief recursive new-file text ignore-all-space ignore-space-change ignore-blank-lines ' +
        'ignore-case side-by-side report-identical-files',
      values: 'U C W L x I label exclude',
      optional: 'unified context color',
    },
    'any',
  ),
  objdump: each('file.read', { flags: 'd D x h t T s a f p r R', values: 'b j m M' }),
  readelf: each('file.read', {
    flags: 'a h l S s e n r d V A W all file-header program-headers sections symbols segments relocs dynamic wide',
  }),
  nm: each('file.read', { flags: 'g u D C n A a S' }),
  stat: each('file.read', { flags: 'L', values: 'c format printf' }),
  readlink: each('file.read', { flags: 'f e m n q canonicalize' }),
  realpath: each('file.read', { flags: 'e m s L P q z' }),
  ls: lists({
    flags:
      'a A b B c C d f F g G h H i k l L m n N o p q Q r R s S t u U v x X Z 1 all almost-all directory human-readable inode ' +
      'numeric-uid-gid recursive reverse size full-time group-directories-first si',
    values: 'I w T ignore hide width sort time time-style block-size format indicator-style quoting-style',
    optional: 'color classify hyperlink',
  }),
  dir: lists({ flags: 'a A l R' }),
  tree: lists({ flags: 'a d f i p s h l D F C', values: 'L I P' }),
  du: lists({ flags: 'a c h k m s x b L S H human-readable summarize all total bytes', values: 'd max-depth exclude' }),
  df: each('file.read', { flags: 'h k T i a H P human-readable' }, 'any'),
  find,
  grep,
  egrep: grep,
  fgrep: grep,
  rg,
  sort,
  uniq: filter({ flags: 'c d D u i z count repeated unique ignore-case', values: 'f s w' }),
  xxd: filter({ flags: 'p ps plain r i u b e a', values: 'c cols g l len s', single: true }),
  sed,
  jq,
};
