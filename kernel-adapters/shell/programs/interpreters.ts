// Owns: programs that run other text: shells, and languages fed a script, a module or inline code.
// Excludes: what a script does; the text names it, no more.

import { awkIsPlain } from './filter-script.ts';
import type { Facts, Program } from '../facts.ts';
import { has, lineOf, valuesOf, type Line } from './options.ts';
import { pip } from './packages.ts';
import { pytest, unittest } from './testing.ts';
import { literal, type Argument } from '../word.ts';

const ASKS = ['V', 'h', 'v', 'version', 'help'];

/** `PROGRAM FILE [args]`, or a question about the program itself. */
function script(line: Line, facts: Facts, asks = ASKS): void {
  const [file] = line.operands;
  // After an option that is not known, a word may be code.
  if (!line.known) return;
  if (file && file.value !== '-' && !file.pipe) facts.file('file.read', file);
  else if (file || !has(line, ...asks)) facts.unknown();
}

const language =
  (flags: string): Program =>
  (args, facts) => {
    const line = lineOf(args, facts, { flags, leading: true });
    // A command of node's own.
    if (line.operands[0]?.value === 'inspect') facts.unknown();
    script(line, facts);
  };

const MODULES: Record<string, Program> = {
  pip: (args, facts) => pip(args, facts),
  pytest,
  unittest,
  'http.server'(args, facts) {
    const line = lineOf(args, facts, { values: 'b d bind directory' });
    const host = valuesOf(line, 'b', 'bind')[0] ?? literal('0.0.0.0');
    if (host.value === undefined) facts.unknown();
    else facts.listen(host.value, Number(line.operands[0]?.value ?? 8000));
    facts.file('file.read', valuesOf(line, 'd', 'directory')[0] ?? literal('.'), 'directory');
  },
};

const python: Program = (args, facts) => {
  // `-m` ends python's own options.
  const at = args.findIndex(({ value }) => value === '-m' || !value?.startsWith('-'));
  const isModule = args[at]?.value === '-m';
  const line = lineOf(isModule ? args.slice(0, at) : args, facts, {
    flags: 'u B E s S I O V h',
    values: 'W',
    leading: true,
  });
  // A category of warnings may name a module to load.
  if (valuesOf(line, 'W').some(({ value }) => !/^(ignore|default|error|always|module|once)$/.test(value ?? '')))
    facts.unknown();
  if (!isModule) return script(line, facts, ['V', 'h', 'version', 'help']);
  const name = args[at + 1]?.value ?? '';
  if (Object.hasOwn(MODULES, name)) MODULES[name]!(args.slice(at + 2), facts);
  else facts.unknown();
};

const shell: Program = (args, facts) => {
  const line = lineOf(args, facts, { flags: 'c e u x v n s norc noprofile posix', values: 'o', leading: true });
  const [first] = line.operands;
  if (!valuesOf(line, 'o').every(({ value }) => /^(pipefail|errexit|nounset|xtrace)$/.test(value ?? '')))
    facts.unknown();
  // `+x` is an option too, and `-` ends them.
  if (/^(\+.*|-)$/.test(first?.value ?? '')) facts.unknown();
  if (has(line, 'c')) {
    if (first?.value === undefined) facts.unknown();
    else facts.script(first.value, 'child');
  } else if (first && !has(line, 's') && !first.pipe) facts.file('file.read', first);
  else if (facts.input !== undefined && !first?.pipe) facts.script(facts.input, 'child');
  else if (first || !has(line, 'version', 'help')) facts.unknown();
};

const evaluate: Program = (args, facts) => {
  const words = (args[0]?.value === '--' ? args.slice(1) : args).map(({ value }) => value);
  if (words.includes(undefined) || words[0]?.startsWith('-')) facts.unknown();
  else facts.script(words.join(' '), 'here');
};

/** What a sourced file does to this very shell is not in the text. */
const source: Program = (args, facts) => {
  const [file] = args;
  if (file) facts.file('file.read', file);
  facts.unknown();
  facts.unsettle();
};

/** The action runs later, where the shell then stands and with what it then means. */
const trap: Program = (args, facts) => {
  const [action, ...signals] = args[0]?.value === '--' ? args.slice(1) : args;
  if (action === undefined || /^(-[lp]?|)$/.test(action.value ?? '?')) return;
  facts.unknown();
  if (action.value !== undefined && signals.length > 0) facts.script(action.value, 'later');
};

const isAssignment = ({ value }: Argument): boolean => /^([A-Za-z_]\w*=[^]*|-)$/.test(value ?? '');

const awk: Program = (args, facts) => {
  const line = lineOf(args, facts, { values: 'f F v', leading: true });
  const files = valuesOf(line, 'f');
  for (const file of files) facts.file('file.read', file);
  const program = files.length > 0 ? undefined : line.operands[0]?.value;
  const inputs = files.length > 0 ? line.operands : line.operands.slice(1);
  if (program === undefined || !awkIsPlain(program)) facts.unknown();
  for (const input of inputs) if (!isAssignment(input)) facts.file('file.read', input);
};

export const INTERPRETERS: Record<string, Program> = {
  python,
  node: language('v h'),
  nodejs: language('v h'),
  perl: language('w v'),
  ruby: language('w v'),
  php: language('v'),
  lua: language('v'),
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
