// Owns: how long a function may be: one that does not fit on a screen is read in pieces, so it should be pieces.
// Trusts: formatted code, in which a function ends at the first `}` that is as far in as its first line.

import { sourcesOf, type Rule } from './tree.ts';

const LINES_MAX = 69;

/** Longer functions, by path and name, and why each stays whole. */
const LONG: { readonly [place: string]: string } = {
  'verifier/log-files.ts openLog': 'its methods share one record of the folders that were looked at',
  'kernel-adapters/shell/walk.ts walk': 'one branch for each kind of node that the parser gives',
  'kernel-adapters/shell/facts.ts effects': 'its methods all add to the one command that they are made for',
  'kernel-adapters/shell/command.ts simpleCommand': 'the shell expands a command in this order of steps',
};

const START = /^( *)(?:export )?(?:default )?(?:(?:static|async|get|set) )*(?:function\*? )?(?:const |let )?(#?\w+)\b/;
const OTHER = /^(if|else|for|while|do|switch|try|catch|return|import|export|case|class|interface|type|enum|new|throw)$/;
/** With its block on the same line. */
const WHOLE_HEAD = /(\bfunction\b.*|=>|^ *(?:(?:static|async|get|set) )*#?\w+(?:<.*>)?\(.*\).*) \{$/;
/** The last line of a list of parameters over several lines. */
const HEAD_END = /^ *\)(?::.*)? (?:=> )?\{$/;

/** Functions with a block, and how many lines each takes. */
function functionsIn(text: string): { name: string; lines: number }[] {
  const lines = text.split('\n');
  return lines.flatMap((line, start) => {
    const [, indent, name] = START.exec(line) ?? [];
    if (name === undefined || OTHER.test(name)) return [];
    const next = (sign: string, from: number): number =>
      lines.findIndex((other, at) => at > from && other.startsWith(`${indent}${sign}`));
    const head = line.endsWith('(') ? next(')', start) : start;
    if (head < 0 || !(head === start ? WHOLE_HEAD : HEAD_END).test(lines[head]!)) return [];
    const end = next('}', head);
    return end < 0 ? [] : [{ name, lines: end - start + 1 }];
  });
}

export const longFunctions: Rule = (tree) => {
  const long = new Map(
    sourcesOf(tree).flatMap(([path, text]) =>
      functionsIn(text)
        .filter(({ lines }) => lines > LINES_MAX)
        .map(({ name, lines }) => [`${path} ${name}`, lines]),
    ),
  );
  return [
    ...[...long]
      .filter(([place]) => !(place in LONG))
      .map(([place, lines]) => `${place}: ${lines} lines; make it functions of at most ${LINES_MAX}`),
    ...Object.keys(LONG)
      .filter((place) => tree.has(place.split(' ')[0]!) && !long.has(place))
      .map((place) => `${place}: is not long any more; take it off the list in test/tidy/functions.ts`),
  ];
};
