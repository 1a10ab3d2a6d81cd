// Owns: programs that run other text: shells, and languages fed a script, a module or inline code.
// Excludes: what a script does; the text names it, no more.

import type { Facts } from '../facts.ts';
import { awkIsPlain } from './filter-script.ts';
import type { Program } from '../facts.ts';
import { has, lineOf, valuesOf } from './options.ts';
import { literal } from '../word.ts';

interface Language {
  /** Options whose value is code. */
  code: string;
  /** Other options with a value. */
  values: string;
}

const LANGUAGES: Record<string, Language> = {
  python: { code: 'c', values: 'W X Q' },
  node: { code: 'e p eval print', values: 'r C require import loader' },
  perl: { code: 'e E', values: 'I M m' },
  ruby: { code: 'e', values: 'I r' },
  php: { code: 'r B R E', values: 'd c z' },
  lua: { code: 'e', values: 'l' },
};

const asksOnly = (flags: readonly string[]): boolean =>
  flags.length > 0 && flags.every((flag) => /^(V|VV|h|v|version|help)$/.test(flag));

const language =
  ({ code, values }: Language): Program =>
  (args, facts) => {
    const line = lineOf(args, { values: `${code} ${values}`, leading: true });
    const [script] = line.operands;
    if (valuesOf(line, ...code.split(' ')).length > 0) facts.unknown();
    else if (script && script.value !== '-' && !script.pipe) facts.file('file.read', script);
    else if (script || !asksOnly(line.flags)) facts.unknown();
    // Code loaded before the script: `-r FILE`, `-M MODULE`.
    for (const name of ['r', 'require', 'import', 'loader', 'M', 'm'])
      if (valuesOf(line, name).length > 0) facts.unknown();
  };

const python: Program = (args, facts) => {
  const { values } = LANGUAGES['python']!;
  const line = lineOf(args, { values: `c m ${values}`, leading: true });
  const [module] = valuesOf(line, 'm');
  if (module === undefined) return language(LANGUAGES['python']!)(args, facts);
  const rest = args.slice(args.indexOf(module) + 1);
  if (module.value === 'pip') pip(rest, facts);
  else if (module.value === 'http.server')
    serve(lineOf(rest, { values: 'b d p bind directory' }).operands[0]?.value, facts);
  else if (module.value === undefined || !args.includes(module)) facts.unknown();
};

function serve(port: string | undefined, facts: Facts): void {
  facts.listen('0.0.0.0', Number(port ?? 8000));
  facts.file('file.read', literal('.'), 'directory');
}

/** Installing runs what is fetched, which the text does not tell; listing does not. */
export const pip: Program = (args, facts) => {
  const values = 'r e c i t requirement editable constraint index-url extra-index-url find-links target';
  const { operands, ...options } = lineOf(args, { values });
  const [verb, ...packages] = operands;
  const line = { operands, ...options };
  if (/^(list|show|freeze|check|help|config|cache|debug|inspect)$/.test(verb?.value ?? '')) return;
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

/** Package managers: what they fetch and run is told by their settings and by the packages. */
const packages =
  (harmless: RegExp): Program =>
  (args, facts) => {
    const verb = args.find(({ value }) => value === undefined || !value.startsWith('-'));
    if (verb && !harmless.test(verb.value ?? '')) facts.unknown();
  };

const shell: Program = (args, facts) => {
  const line = lineOf(args, { values: 'O o rcfile init-file', leading: true });
  const [first] = line.operands;
  if (has(line, 'c')) {
    if (first?.value === undefined) facts.unknown();
    else facts.script(first.value, 'child');
  } else if (first && !has(line, 's') && !first.pipe) facts.file('file.read', first);
  else if (facts.input !== undefined && !first?.pipe) facts.script(facts.input, 'child');
  else if (first || !asksOnly(line.flags)) facts.unknown();
  if (valuesOf(line, 'rcfile', 'init-file').length > 0 || has(line, 'i', 'l', 'login')) facts.unknown();
};

const evaluate: Program = (args, facts) => {
  const values = args.map(({ value }) => value);
  if (values.includes(undefined)) facts.unknown();
  else facts.script(values.join(' '), 'here');
};

/** What a sourced file does to this very shell is not in the text. */
const source: Program = (args, facts) => {
  const [file] = args;
  if (file) facts.file('file.read', file);
  facts.unknown();
};

const trap: Program = (args, facts) => {
  const [action] = args;
  if (action?.value === undefined) facts.unknown();
  else if (!/^(-.*|)$/.test(action.value) && args.length > 1) facts.script(action.value, 'child');
};

const awk: Program = (args, facts) => {
  const line = lineOf(args, { values: 'f F v i e assign field-separator file', leading: true });
  const files = valuesOf(line, 'f', 'file');
  for (const file of files) facts.file('file.read', file);
  const program = files.length > 0 ? undefined : line.operands[0]?.value;
  const inputs = files.length > 0 ? line.operands : line.operands.slice(1);
  if (program === undefined || !awkIsPlain(program)) facts.unknown();
  for (const input of inputs) if (!/^([A-Za-z_]\w*=[^]*|-)$/.test(input.value ?? '')) facts.file('file.read', input);
};

export const INTERPRETERS: Record<string, Program> = {
  ...Object.fromEntries(Object.entries(LANGUAGES).map(([name, entry]) => [name, language(entry)])),
  nodejs: language(LANGUAGES['node']!),
  python,
  pip,
  npm: packages(/^(test|t|run|run-script|start|ls|list|view|version|help|config|why|outdated|audit)$/),
  yarn: packages(/^(test|run|start|list|why|info)$/),
  pnpm: packages(/^(test|run|start|list|why)$/),
  npx: packages(/^$/),
  deno: packages(/^(test|check|fmt|lint|task|info|doc)$/),
  bun: packages(/^(test|run|build|pm)$/),
  apt: packages(/^(list|show|search|policy)$/),
  'apt-get': packages(/^(check)$/),
  bash: shell,
  sh: shell,
  dash: shell,
  zsh: shell,
  ksh: shell,
  eval: evaluate,
  source,
  '.': source,
  trap,
  awk,
  gawk: awk,
  mawk: awk,
  nawk: awk,
};
