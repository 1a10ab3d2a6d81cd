// Owns: git: where it fetches from and sends to, and the files its command line names.
// Excludes: a remote by its name, which the repository's settings give a URL: the command is `dynamic`.

import type { Facts, Program } from '../facts.ts';
import { fetch, remoteName } from './fetching.ts';
import { has, lineOf, valuesOf } from './options.ts';
import { literal, type Argument } from '../word.ts';

export const git: Program = (args, facts) => {
  const before = lineOf(args, { values: 'C c git-dir work-tree namespace exec-path', leading: true });
  const [verb, ...rest] = before.operands;
  // Settings name programs to run; another directory has other settings.
  if (before.values.length > 0) facts.unknown();
  const line = lineOf(rest, { values: 'b o c j u depth branch origin config reference upload-pack' });
  const [first, second] = line.operands;
  switch (verb?.value) {
    case 'clone':
      if (first) repository(first, facts);
      facts.file(
        'file.create',
        second ?? literal((first && remoteName(first)?.replace(/\.git$/, '')) ?? ''),
        'directory',
      );
      if (valuesOf(line, 'c', 'config', 'u', 'upload-pack').length > 0) facts.unknown();
      break;
    case 'push':
    case 'pull':
    case 'fetch':
    case 'ls-remote':
      // A remote's name stands for a URL in the settings.
      if (first?.value?.includes(':')) repository(first, facts);
      else facts.unknown();
      break;
    case 'rm':
      for (const operand of line.operands) facts.file('file.delete', operand, has(line, 'r') ? 'any' : 'file');
      break;
    case 'mv':
      for (const source of line.operands.slice(0, -1)) {
        const to = { action: 'file.rename', argument: line.operands.at(-1)!, into: undefined } as const;
        facts.transfer({ action: 'file.rename', argument: source }, to, 'any');
      }
      break;
    case 'restore':
      for (const operand of line.operands) facts.file('file.write', operand, 'any');
      break;
    case 'clean':
    case 'apply':
    case 'am':
    case 'filter-branch':
      // Which files change is told by the tree or by a patch.
      facts.unknown();
      break;
    case 'submodule':
    case 'remote':
    case 'config':
    case 'bisect':
    case undefined:
      if (line.operands.length > 0 || line.values.length > 0) facts.unknown();
      break;
  }
};

/** A URL, `[user@]host:path`, or a path. */
function repository(where: Argument, facts: Facts): void {
  const host = /^(?:[^@/:]+@)?([^:/]+):(?!\/\/)/.exec(where.value ?? '')?.[1];
  if (host !== undefined) facts.connect(literal(host), 22);
  else if (/^\w[\w+.-]*:\/\//.test(where.value ?? '')) fetch('GET', where, facts);
  else facts.file('file.read', where, 'directory');
}
