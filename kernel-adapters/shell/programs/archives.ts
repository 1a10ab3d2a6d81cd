// Owns: well-known programs that pack, unpack and compress: the archive, what goes in, and where it comes out.
// Source: the programs' manuals (GNU tar, Info-ZIP, gzip, bzip2, xz). What is not listed is `dynamic`.

import type { Program } from '../facts.ts';
import { HERE, state } from './operands.ts';
import { has, lineOf, valuesOf } from './options.ts';
import { literal, UNKNOWN, type Argument } from '../word.ts';

const tar: Program = (args, facts) => {
  const line = lineOf(bundled(args), facts, {
    flags: 'c x t r u v z j J a k p O create extract get list append update verbose gzip bzip2 xz to-stdout',
    values: 'f C file directory exclude strip-components',
  });
  const creates = has(line, 'c', 'r', 'u', 'create', 'append', 'update');
  const extracts = has(line, 'x', 'extract', 'get');
  const archives = valuesOf(line, 'f', 'file');
  const directories = valuesOf(line, 'C', 'directory');
  for (const archive of archives) {
    // `HOST:FILE` is another machine's, reached with a program the settings name.
    const host = /^(?:[^@/:]*@)?([^/:]+):/.exec(archive.value ?? '')?.[1];
    if (host === undefined) state(facts, creates ? 'file.write' : 'file.read', [archive]);
    else {
      facts.connect(literal(host), 22);
      facts.unknown();
    }
  }
  if (extracts && !has(line, 'O', 'to-stdout')) facts.file('file.create', directories[0] ?? HERE, 'directory');
  // Paths that count from another directory.
  const elsewhere = directories.length > (creates ? 0 : 1);
  if (elsewhere || !(creates || extracts || has(line, 't', 'list'))) facts.unknown();
  else if (creates) state(facts, 'file.read', line.operands, 'any');
};

/** `tar xfC A D`: without a dash the letters come first and their values follow in order. */
function bundled(args: readonly Argument[]): readonly Argument[] {
  const [first, ...rest] = args;
  if (!/^[A-Za-z]+$/.test(first?.value ?? '')) return args;
  const letters = [...first!.value!];
  const taking = letters.filter((letter) => 'fC'.includes(letter));
  return [
    ...letters.filter((letter) => !taking.includes(letter)).map((letter) => literal(`-${letter}`)),
    ...taking.flatMap((letter, at) => [literal(`-${letter}`), rest[at] ?? UNKNOWN]),
    ...rest.slice(taking.length),
  ];
}

/** Both programs add the suffix to a name that has none. */
const zipped = (archive: Argument): Argument =>
  archive.value === undefined || /[^/]\.[^/]*$|^-$/.test(archive.value) ? archive : literal(`${archive.value}.zip`);

const unzip: Program = (args, facts) => {
  const line = lineOf(args, facts, { flags: 'l t p v q o n j u a L Z z', values: 'd P' });
  const [archive] = line.operands;
  if (/[[*?]/.test(archive?.value ?? '')) facts.unknown();
  if (archive) for (const name of new Set([archive, zipped(archive)])) facts.file('file.read', name);
  if (!has(line, 'l', 't', 'p', 'v', 'Z', 'z')) facts.file('file.create', valuesOf(line, 'd')[0] ?? HERE, 'directory');
};

const zip: Program = (args, facts) => {
  const flags = 'r q v j D y 0 1 2 3 4 5 6 7 8 9';
  const line = lineOf(args, facts, { flags, values: 'P' });
  const [archive, ...members] = line.operands;
  if (archive) state(facts, 'file.write', [zipped(archive)]);
  state(facts, 'file.read', members, has(line, 'r') ? 'any' : 'file');
};

/** The file is replaced by another of a name derived from it. */
const compresses =
  (suffix: string, unpacks: boolean): Program =>
  (args, facts) => {
    const line = lineOf(args, facts, { flags: 'k d f v q c t l 1 2 3 4 5 6 7 8 9 keep decompress stdout test list' });
    for (const file of line.operands) {
      if (file.value === '-' || has(line, 'c', 't', 'l', 'stdout', 'test', 'list')) {
        state(facts, 'file.read', [file]);
        continue;
      }
      const packs = !(unpacks || has(line, 'd', 'decompress'));
      const known = file.value !== undefined && (packs || file.value.endsWith(suffix));
      const other = known ? literal(packs ? file.value! + suffix : file.value!.slice(0, -suffix.length)) : UNKNOWN;
      const kept = has(line, 'k', 'keep');
      facts.transfer(
        { action: kept ? 'file.read' : 'file.rename', argument: file },
        { action: kept ? 'file.create' : 'file.rename', argument: other, into: false },
      );
    }
  };

export const ARCHIVE_PROGRAMS: Record<string, Program> = {
  tar,
  zip,
  unzip,
  gzip: compresses('.gz', false),
  gunzip: compresses('.gz', true),
  bzip2: compresses('.bz2', false),
  bunzip2: compresses('.bz2', true),
  xz: compresses('.xz', false),
  unxz: compresses('.xz', true),
};
