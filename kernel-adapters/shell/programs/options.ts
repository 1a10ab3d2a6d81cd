// Owns: telling options from operands on a command line, by the conventions of getopt(3), in a closed world: an option
// that a program's table does not name exactly makes the command `dynamic`.
// Excludes: abbreviations of long options, which another version of the program may take for something else.

import type { Facts } from '../facts.ts';
import { literal, type Argument } from '../word.ts';

export interface Line {
  /** Options without a value, without dashes. */
  flags: string[];
  /** Options with their values, in order. */
  values: [name: string, value: Argument][];
  operands: Argument[];
  /** Every option is one the table names; otherwise an operand may be an option's value. */
  known: boolean;
}

/** The options a program is known to have, without dashes, separated by spaces; single letters may be clustered. */
export interface Syntax {
  flags?: string;
  values?: string;
  /** Options whose value, if there is one, is attached: `-iSUFFIX`, `--color=WHEN`. */
  optional?: string;
  /** Options after the first operand are the operand's own, as for `sudo`. */
  leading?: boolean;
  /** Options have one dash and are never clustered, as for `gcc`. */
  single?: boolean;
  /** `-20` is a number of lines. */
  count?: boolean;
}

const namesOf = (names = ''): Set<string> => new Set(names.split(' '));

/** Splits arguments. A word without a value is an operand: what cannot be told is treated as what matters most. */
export function lineOf(args: readonly Argument[], facts: Pick<Facts, 'unknown'>, syntax: Syntax): Line {
  const flags = namesOf(`help version ${syntax.flags ?? ''}`);
  const values = namesOf(syntax.values);
  const optional = namesOf(syntax.optional);
  const line: Line = { flags: [], values: [], operands: [], known: true };
  const rest = args[Symbol.iterator]();
  const unknown = (): void => {
    line.known = false;
    facts.unknown();
  };

  const valued = (name: string): void => {
    const { value, done } = rest.next();
    if (done) unknown();
    else line.values.push([name, value]);
  };

  const long = (text: string): void => {
    const at = text.indexOf('=');
    const name = at < 0 ? text : text.slice(0, at);
    if (at >= 0 && (values.has(name) || optional.has(name))) line.values.push([name, literal(text.slice(at + 1))]);
    else if (at < 0 && values.has(name)) valued(name);
    else if (at < 0 && (flags.has(name) || optional.has(name))) line.flags.push(name);
    else unknown();
  };

  const cluster = (letters: string): void => {
    for (let at = 0; at < letters.length; at++) {
      const letter = letters[at]!;
      const attached = letters.slice(at + 1);
      if (flags.has(letter)) line.flags.push(letter);
      else if (attached === '' && values.has(letter)) return valued(letter);
      else if (attached === '' && optional.has(letter)) line.flags.push(letter);
      else if (values.has(letter) || optional.has(letter)) return void line.values.push([letter, literal(attached)]);
      else return unknown();
    }
  };

  for (const arg of rest) {
    const text = arg.value;
    if (text === '--') {
      for (const operand of rest) line.operands.push(operand);
    } else if (text === undefined || text === '-' || !text.startsWith('-')) {
      line.operands.push(arg);
      if (syntax.leading) for (const operand of rest) line.operands.push(operand);
    } else if (syntax.count && /^-\d+$/.test(text)) line.flags.push(text.slice(1));
    else if (text.startsWith('--')) long(text.slice(2));
    else if (syntax.single) long(text.slice(1));
    else cluster(text.slice(1));
  }
  return line;
}

/** Whether one of the options is given, with a value or without. */
export function has(line: Line, ...names: string[]): boolean {
  return names.some((name) => line.flags.includes(name) || line.values.some(([given]) => given === name));
}

/** The values given to any of the options. */
export function valuesOf(line: Line, ...names: string[]): Argument[] {
  return line.values.filter(([name]) => names.includes(name)).map(([, value]) => value);
}
