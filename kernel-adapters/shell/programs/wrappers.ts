// Owns: programs that run the rest of their command line as a command.

import type { Program } from '../facts.ts';
import { has, lineOf, valuesOf, type Syntax } from './options.ts';
import { changesWhatRuns } from './variables.ts';
import { UNKNOWN, type Argument } from '../word.ts';

/** `outputs`: options whose value is a file that is written. */
const wrapper =
  (syntax: Syntax = {}, { skip = 0, outputs = '' } = {}): Program =>
  (args, facts) => {
    const line = lineOf(args, facts, { ...syntax, values: `${syntax.values ?? ''} ${outputs}`, leading: true });
    for (const output of valuesOf(line, ...outputs.split(' '))) {
      // `|` and `!` name a command to write to.
      if (/^[|!]/.test(output.value ?? '')) facts.unknown();
      else facts.file('file.write', output);
    }
    facts.run(line.operands.slice(skip));
  };

/** Splits `NAME=VALUE … COMMAND …`; a variable set for a command may change what it is, just as one set before it. */
function afterSettings(words: readonly Argument[], unknown: () => void): readonly Argument[] {
  const start = words.findIndex(({ value }) => value === undefined || !value.includes('='));
  const settings = start < 0 ? words : words.slice(0, start);
  for (const { value } of settings) {
    const at = value!.indexOf('=');
    if (changesWhatRuns(value!.slice(0, at), value!.slice(at + 1))) unknown();
  }
  return words.slice(settings.length);
}

const env: Program = (args, facts) => {
  const line = lineOf(args, facts, { flags: '0 null', values: 'u unset', leading: true });
  const { operands } = line;
  if (has(line, 'u', 'unset')) facts.unknown();
  // `-` empties the environment, `PATH` included.
  const emptied = operands[0]?.value === '-';
  if (emptied) facts.unknown();
  facts.run(afterSettings(emptied ? operands.slice(1) : operands, () => facts.unknown()));
};

const sudo: Program = (args, facts) => {
  const line = lineOf(args, facts, { flags: 'n H', values: 'u g user group', leading: true });
  facts.run(afterSettings(line.operands, () => facts.unknown()));
};

/** Words from standard input are added: at the end, or for a placeholder. */
const xargs: Program = (args, facts) => {
  const line = lineOf(args, facts, {
    flags: '0 r t x null no-run-if-empty verbose',
    values: 'I n P s d a L max-args max-procs delimiter arg-file',
    optional: 'i replace',
    leading: true,
  });
  for (const file of valuesOf(line, 'a', 'arg-file')) facts.file('file.read', file);
  const [given] = valuesOf(line, 'I', 'i', 'replace');
  const placeholder = given ? given.value || '{}' : has(line, 'i', 'replace') ? '{}' : undefined;
  const filled = (word: Argument): Argument =>
    placeholder && word.value?.includes(placeholder) ? { ...word, value: undefined, prefix: '' } : word;
  const command = line.operands.map(filled);
  if (command.length > 0) facts.run(placeholder ? command : [...command, UNKNOWN]);
};

const command: Program = (args, facts) => {
  const line = lineOf(args, facts, { flags: 'v V p', leading: true });
  // `command -v NAME` only looks the name up.
  if (!has(line, 'v', 'V')) facts.run(line.operands);
};

/** Its programs are its own, with options of their own. */
const busybox: Program = (args, facts) => {
  facts.unknown();
  facts.run(args);
};

export const WRAPPERS: Record<string, Program> = {
  env,
  sudo,
  doas: wrapper({ flags: 'n', values: 'u' }),
  xargs,
  command,
  builtin: wrapper(),
  exec: wrapper(),
  nohup: wrapper(),
  setsid: wrapper({ flags: 'f w' }),
  time: wrapper({ flags: 'p v', values: 'f format' }, { outputs: 'o output' }),
  nice: wrapper({ values: 'n adjustment', count: true }),
  ionice: wrapper({ values: 'c n' }),
  stdbuf: wrapper({ values: 'i o e input output error' }),
  timeout: wrapper({ flags: 'v foreground preserve-status verbose', values: 'k s kill-after signal' }, { skip: 1 }),
  strace: wrapper({ flags: 'f', values: 'e s' }, { outputs: 'o' }),
  ltrace: wrapper({ flags: 'f', values: 'e s' }, { outputs: 'o' }),
  busybox,
};
