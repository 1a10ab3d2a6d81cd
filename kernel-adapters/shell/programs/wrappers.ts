// Owns: programs that run the rest of their command line as a command.

import type { Program } from '../facts.ts';
import { has, lineOf, valuesOf } from './options.ts';
import { UNKNOWN, type Argument } from '../word.ts';

const wrapper =
  (values = '', skip = 0): Program =>
  (args, facts) =>
    facts.run(lineOf(args, { values, leading: true }).operands.slice(skip));

/** A variable set for the command may change what runs, just as one set before it. */
const env: Program = (args, facts) => {
  const line = lineOf(args, { values: 'u C S unset chdir split-string', leading: true });
  if (valuesOf(line, 'S', 'C', 'chdir', 'split-string').length > 0) facts.unknown();
  const start = line.operands.findIndex(({ value }) => value === undefined || !value.includes('='));
  const settings = start < 0 ? line.operands : line.operands.slice(0, start);
  if (settings.some(({ text }) => changesWhatRuns(text.slice(0, text.indexOf('='))))) facts.unknown();
  if (start >= 0) facts.run(line.operands.slice(start));
};

const sudo: Program = (args, facts) => {
  const line = lineOf(args, { values: 'u g h p C D R T U user group chdir chroot', leading: true });
  const command = line.operands.slice(line.operands.findIndex(({ value }) => !/^\w+=/.test(value ?? '')));
  if (has(line, 's', 'i', 'e', 'shell', 'login', 'edit')) facts.unknown();
  if (valuesOf(line, 'D', 'R', 'chdir', 'chroot').length > 0) facts.unknown();
  facts.run(command);
};

/** Words from standard input are added: at the end, or for a placeholder. */
const xargs: Program = (args, facts) => {
  const values = 'I L n P s d a E replace max-args max-procs max-lines delimiter arg-file';
  const line = lineOf(args, { values, leading: true });
  for (const file of valuesOf(line, 'a', 'arg-file')) facts.file('file.read', file);
  const [placeholder] = valuesOf(line, 'I', 'replace').map(({ value }) => value ?? '{}');
  const filled = (word: Argument): Argument =>
    placeholder && word.value?.includes(placeholder) ? { ...word, value: undefined } : word;
  const command = line.operands.map(filled);
  if (command.length > 0) facts.run(placeholder ? command : [...command, UNKNOWN]);
};

const command: Program = (args, facts) => {
  const line = lineOf(args, { leading: true });
  // `command -v NAME` only looks the name up.
  if (!has(line, 'v', 'V')) facts.run(line.operands);
};

/** `-C` names a command that runs for every so many lines. */
const mapfile: Program = (args, facts) => {
  if (has(lineOf(args, { values: 'd n O s u C c' }), 'C')) facts.unknown();
};

/** A command that runs in another root, at another time, or is written in a manner of its own. */
const elsewhere: Program = (_args, facts) => facts.unknown();

// What is set here decides which program a name means, or what runs inside one.
const DECISIVE = new RegExp(
  `^(${[
    'PATH|CDPATH|ENV|BASH_ENV|SHELLOPTS|BASHOPTS|PROMPT_COMMAND|PS[0-4]|LD_\\w+|DYLD_\\w+|GIT_\\w+',
    'NODE_OPTIONS|PERL5OPT|RUBYOPT|PYTHONSTARTUP|JAVA_TOOL_OPTIONS|MAKEFLAGS|TAR_OPTIONS|RSYNC_RSH',
    'EDITOR|VISUAL|PAGER|MANPAGER|LESSOPEN|LESSCLOSE',
  ].join('|')})$`,
);

export function changesWhatRuns(variable: string): boolean {
  return DECISIVE.test(variable);
}

export const WRAPPERS: Record<string, Program> = {
  env,
  sudo,
  doas: wrapper('u C'),
  xargs,
  command,
  builtin: wrapper(),
  exec: wrapper('a'),
  nohup: wrapper(),
  setsid: wrapper(),
  time: wrapper('f o format output'),
  nice: wrapper('n adjustment'),
  ionice: wrapper('c n class classdata'),
  stdbuf: wrapper('i o e input output error'),
  timeout: wrapper('k s kill-after signal', 1),
  strace: wrapper('o e p s a E u'),
  ltrace: wrapper('a e l n o p s u x'),
  valgrind: wrapper(),
  busybox: wrapper(),
  mapfile,
  readarray: mapfile,
  watch: elsewhere,
  parallel: elsewhere,
  su: elsewhere,
  chroot: elsewhere,
  unshare: elsewhere,
  nsenter: elsewhere,
  docker: elsewhere,
  podman: elsewhere,
  kubectl: elsewhere,
  at: elsewhere,
  crontab: elsewhere,
  screen: elsewhere,
  tmux: elsewhere,
  script: elsewhere,
  expect: elsewhere,
  gdb: elsewhere,
  compgen: elsewhere,
};
