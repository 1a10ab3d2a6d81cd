// Owns: git: where it fetches from and sends to, and the files its command line names.
// Excludes: a remote by its name, which the repository's settings give a URL: the command is `dynamic`. And what
// settings make git run besides: hooks, filters, a pager.

import type { Facts, Program } from '../facts.ts';
import { fetch, remoteName } from './fetching.ts';
import { HERE } from './operands.ts';
import { has, lineOf, valuesOf, type Line, type Syntax } from './options.ts';
import { literal, type Argument } from '../word.ts';

interface Verb extends Syntax {
  state?(line: Line, facts: Facts): void;
}

// Surely a revision, so no file; any other word may be either, and is stated as a file.
const REVISION = /^(HEAD|@)([~^]\d*)*$|^[\da-f]{7,40}$|^$/;

/** Content of files, as they are or as they were. */
function looks({ operands }: Line, facts: Facts): void {
  for (const operand of operands.length === 0 ? [HERE] : operands) {
    // `REVISION:PATH`
    const path = operand.value === undefined ? operand : literal(operand.value.replace(/^[^:]*:(?=.)/, ''));
    if (!REVISION.test(path.value ?? '?')) facts.file('file.read', path, 'any');
  }
}

/** A remote's name stands for a URL in the settings. */
function remote(method: string, { operands: [where] }: Line, facts: Facts): void {
  if (where?.value?.includes(':')) repository(method, where, facts);
  else facts.unknown();
}

const LOOKING: Verb = {
  flags:
    'p u s b w q stat numstat shortstat oneline graph all name-only name-status decorate no-decorate cached staged patch no-patch ' +
    'follow reverse merges no-merges no-color summary first-parent no-renames check quiet raw',
  values: 'n S G U author grep since until after before max-count date diff-filter skip',
  optional: 'pretty format unified color abbrev',
  count: true,
  state: looks,
};

const REMOTE: Syntax = {
  flags: 'q v f u 4 6 quiet verbose force set-upstream dry-run tags all prune',
  values: 'depth',
};

const VERBS: Record<string, Verb> = {
  status: {
    flags: 's b v z short branch long verbose ignored show-stash',
    optional: 'porcelain u untracked-files',
  },
  diff: LOOKING,
  log: LOOKING,
  show: LOOKING,
  blame: { flags: 'w C M l s e', values: 'L', state: looks },
  grep: {
    flags: 'n i l c w E F P v q I h line-number ignore-case files-with-matches count cached',
    values: 'e A B C',
    state(line, facts) {
      const operands = has(line, 'e') ? line.operands : line.operands.slice(1);
      looks({ ...line, operands }, facts);
    },
  },
  add: {
    flags: 'A u v n f N all update verbose dry-run force',
    state(line, facts) {
      for (const operand of line.operands.length === 0 ? [HERE] : line.operands)
        facts.file('file.read', operand, 'any');
    },
  },
  commit: {
    flags: 'a q v n s all quiet verbose no-verify amend no-edit allow-empty signoff',
    values: 'm message',
    state(line, facts) {
      // Otherwise an editor asks for the message.
      if (!has(line, 'm', 'message', 'no-edit')) facts.unknown();
      for (const operand of line.operands) facts.file('file.read', operand, 'any');
    },
  },
  branch: { flags: 'a r v d D m M q f all remotes list show-current delete force' },
  tag: { flags: 'l d list delete' },
  'rev-parse': { flags: 'show-toplevel verify short is-inside-work-tree git-dir', optional: 'abbrev-ref' },
  'ls-files': { flags: 'm o d c s z others modified deleted cached exclude-standard' },
  describe: { flags: 'tags always dirty all long' },
  checkout: {
    flags: 'q f quiet force',
    values: 'b B',
    state(line, facts) {
      // A branch or a file: the text does not tell.
      for (const operand of line.operands) facts.file('file.write', operand, 'any');
      if (line.operands.length > 0) facts.file('file.create', HERE, 'directory');
    },
  },
  switch: {
    flags: 'q quiet',
    values: 'c C create',
    state: (_line, facts) => facts.file('file.create', HERE, 'directory'),
  },
  restore: {
    flags: 'S W q staged worktree quiet',
    values: 's source',
    state(line, facts) {
      for (const operand of line.operands) facts.file('file.write', operand, 'any');
    },
  },
  reset: { flags: 'q quiet soft mixed' },
  init: {
    flags: 'q bare quiet',
    values: 'b initial-branch',
    state: (line, facts) => facts.file('file.create', line.operands[0] ?? HERE, 'directory'),
  },
  rm: {
    flags: 'r f q n cached force quiet dry-run',
    state(line, facts) {
      for (const operand of line.operands) facts.file('file.delete', operand, has(line, 'r') ? 'any' : 'file');
    },
  },
  mv: {
    flags: 'f k v n',
    state(line, facts) {
      for (const source of line.operands.slice(0, -1)) {
        const to = { action: 'file.rename', argument: line.operands.at(-1)!, into: undefined } as const;
        facts.transfer({ action: 'file.rename', argument: source }, to, 'any');
      }
    },
  },
  clone: {
    flags: 'q v n bare quiet verbose single-branch no-tags no-checkout',
    values: 'b o depth branch origin',
    state({ operands: [from, to] }, facts) {
      if (from) repository('GET', from, facts);
      const name = from && remoteName(from)?.replace(/\.git$/, '');
      facts.file('file.create', to ?? literal(name ?? ''), 'directory');
    },
  },
  push: { ...REMOTE, state: (line, facts) => remote('POST', line, facts) },
  fetch: { ...REMOTE, state: (line, facts) => remote('GET', line, facts) },
  'ls-remote': { ...REMOTE, state: (line, facts) => remote('GET', line, facts) },
  pull: {
    ...REMOTE,
    state(line, facts) {
      remote('GET', line, facts);
      facts.file('file.create', HERE, 'directory');
    },
  },
  remote: {
    flags: 'v',
    state(line, facts) {
      if (line.operands.length > 0) facts.unknown();
    },
  },
  config: {
    flags: 'l list global local',
    values: 'get get-all',
    state(line, facts) {
      if (line.operands.length > 0 || !(has(line, 'l', 'list') || valuesOf(line, 'get', 'get-all').length > 0))
        facts.unknown();
    },
  },
};

export const git: Program = (args, facts) => {
  // Settings name programs to run; another directory has other settings.
  const before = lineOf(args, facts, { flags: 'P no-pager no-optional-locks', values: 'c', leading: true });
  if (has(before, 'c')) facts.unknown();
  const [verb, ...rest] = before.operands;
  if (verb === undefined) {
    if (args.length > 0 && !has(before, 'version', 'help')) facts.unknown();
    return;
  }
  // An alias is any command at all.
  const known = Object.hasOwn(VERBS, verb.value ?? '') ? VERBS[verb.value!] : undefined;
  if (known === undefined) return facts.unknown();
  const line = lineOf(rest, facts, known);
  known.state?.(line, facts);
};

/** A URL, `[user@]host:path`, or a path. */
function repository(method: string, where: Argument, facts: Facts): void {
  const host = /^(?:[^@/:]+@)?([^:/]+):(?!\/\/)/.exec(where.value ?? '')?.[1];
  // `ext::COMMAND` and its like name a program.
  if (/^\w+::/.test(where.value ?? '') || host?.startsWith('-')) facts.unknown();
  else if (host !== undefined) facts.connect(literal(host), 22);
  else if (/^\w[\w+.-]*:\/\//.test(where.value ?? '')) fetch(method, where, facts);
  else facts.file('file.read', where, 'directory');
}
