// Owns: telling options from operands on a command line, by the conventions of getopt(3).

import { literal, type Argument } from '../word.ts';

export interface Line {
  /** Options without a value, without dashes. */
  flags: string[];
  /** Options with their values, in order. */
  values: [name: string, value: Argument][];
  operands: Argument[];
}

export interface Syntax {
  /** Names of options that take a value, separated by spaces; single letters may be clustered. */
  values?: string;
  /** Options after the first operand are the operand's own, as for `sudo`. */
  leading?: boolean;
  /** Options have one dash and are never clustered, as for `find`. */
  single?: boolean;
}

/** Splits arguments. A word without a value is an operand: what cannot be told is treated as what matters most. */
export function lineOf(args: readonly Argument[], { values = '', leading = false, single = false }: Syntax): Line {
  const names = values.split(' ');
  const line: Line = { flags: [], values: [], operands: [] };
  const rest = args[Symbol.iterator]();
  for (const arg of rest) {
    const text = arg.value;
    if (text === '--') {
      for (const operand of rest) line.operands.push(operand);
    } else if (text === undefined || text === '-' || !text.startsWith('-')) {
      line.operands.push(arg);
      if (leading) for (const operand of rest) line.operands.push(operand);
    } else if (single || text.startsWith('--')) long(line, text.replace(/^--?/, ''), names, rest);
    else cluster(line, text.slice(1), names, rest);
  }
  return line;
}

type Rest = Iterator<Argument>;

function long(line: Line, text: string, names: string[], rest: Rest): void {
  const [name = '', ...parts] = text.split('=');
  // GNU programs accept any unambiguous beginning of a long name.
  const full =
    names.find((known) => known === name) ?? names.find((known) => known.length > 1 && known.startsWith(name));
  if (parts.length > 0) line.values.push([full ?? name, literal(parts.join('='))]);
  else if (full === undefined) line.flags.push(name);
  else valued(line, full, rest);
}

function cluster(line: Line, letters: string, names: string[], rest: Rest): void {
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at]!;
    const attached = letters.slice(at + 1);
    if (!names.includes(letter)) line.flags.push(letter);
    else if (attached === '') return valued(line, letter, rest);
    else return void line.values.push([letter, literal(attached)]);
  }
}

function valued(line: Line, name: string, rest: Rest): void {
  const { value, done } = rest.next();
  if (done) line.flags.push(name);
  else line.values.push([name, value]);
}

/** Whether one of the options is given, with a value or without; a long one may be shortened. */
export function has(line: Line, ...names: string[]): boolean {
  const given = [...line.flags, ...line.values.map(([name]) => name)];
  return given.some((flag) =>
    names.some((name) => name === flag || (flag.length > 1 && name.length > 1 && name.startsWith(flag))),
  );
}

/** The values given to any of the options. */
export function valuesOf(line: Line, ...names: string[]): Argument[] {
  return line.values.filter(([name]) => names.includes(name)).map(([, value]) => value);
}
