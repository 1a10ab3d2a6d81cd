// Owns: package managers. What they fetch and run is told by their settings and by the packages, so that installing is
// `dynamic`.

import type { Program } from '../facts.ts';
import { lineOf, valuesOf } from './options.ts';
import { literal } from '../word.ts';

export const pip: Program = (args, facts) => {
  const line = lineOf(args, facts, {
    flags: 'q v U V quiet verbose upgrade no-cache-dir',
    values: 'r e c i t requirement editable constraint index-url extra-index-url target',
  });
  const [verb, ...packages] = line.operands;
  if (/^(list|show|freeze|check)$/.test(verb?.value ?? '')) return;
  if (verb !== undefined) facts.unknown();
  for (const file of valuesOf(line, 'r', 'c', 'requirement', 'constraint')) facts.file('file.read', file);
  for (const url of valuesOf(line, 'i', 'index-url', 'extra-index-url')) facts.url('GET', url);
  for (const target of valuesOf(line, 't', 'target')) facts.file('file.create', target, 'directory');
  for (const { value } of packages) {
    const url = /^(?:.* @ )?(?:git\+)?(\w+:\/\/[^]*)$/.exec(value ?? '')?.[1];
    if (url !== undefined) facts.url('GET', literal(url));
  }
  for (const project of valuesOf(line, 'e', 'editable')) {
    // `.[extra]` names the directory and what else to install with it.
    const directory = project.value?.replace(/\[[\w,\s-]*\]$/, '');
    if (directory && !directory.includes('://')) facts.file('file.read', { ...project, value: directory }, 'directory');
  }
};

/** Only what runs the project's own scripts, or tells what there is. `--` hands the rest to the script. */
const runner =
  (verbs: RegExp): Program =>
  (args, facts) => {
    const end = args.findIndex(({ value }) => value === '--');
    const own = end < 0 ? args : args.slice(0, end);
    const { operands, flags } = lineOf(own, facts, { flags: 'v s silent' });
    const known = operands.length === 0 ? flags.length > 0 : verbs.test(operands[0]!.value ?? '');
    if (!known) facts.unknown();
  };

export const PACKAGE_PROGRAMS: Record<string, Program> = {
  pip,
  npm: runner(/^(test|t|run|run-script|start|ls|list|why)$/),
  yarn: runner(/^(test|run|start|why)$/),
  pnpm: runner(/^(test|run|start|list|why)$/),
  bun: runner(/^test$/),
  apt: runner(/^(list|show|search|policy)$/),
};
