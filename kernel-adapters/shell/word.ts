// Owns: what a word of shell text is, where the text alone tells.
// Excludes: expanding anything: variables, substitutions, globs, braces and `~` leave a word without a value.

import type { Assignment, Word, WordPart } from 'unbash';

export interface Argument {
  /** As written. */
  text: string;
  /** What the program is given; `undefined` if the text does not tell. */
  value: string | undefined;
  /** What the value is sure to begin with. */
  prefix: string;
  /** The word is a process substitution, so it names a pipe. */
  pipe: boolean;
}

export const literal = (value: string): Argument => ({ text: value, value, prefix: value, pipe: false });

/** Stands for words that arrive some other way, as those of `xargs` do. */
export const UNKNOWN: Argument = { text: '…', value: undefined, prefix: '', pipe: false };

function partValue(part: WordPart): string | undefined {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return part.value;
    case 'DoubleQuoted':
      return joined(part.parts);
    default:
      return undefined;
  }
}

function joined(parts: readonly WordPart[]): string | undefined {
  const values = parts.map(partValue);
  return values.includes(undefined) ? undefined : values.join('');
}

/**
 * The value of a word, or `undefined`. A `~` is expanded at the start, and after `=` or `:` in what looks like an
 * assignment.
 */
export function valueOf(word: Word): string | undefined {
  if (/^~|[=:]~/.test(word.text)) return undefined;
  return word.parts === undefined ? word.value : joined(word.parts);
}

/** What is sure to stand before the first part that is not known. */
function prefixOf({ parts = [], text }: Word): string {
  if (/^~|[=:]~/.test(text)) return '';
  const flat = parts.flatMap((part): readonly WordPart[] => (part.type === 'DoubleQuoted' ? part.parts : [part]));
  const end = flat.findIndex((part) => partValue(part) === undefined);
  return flat.slice(0, end).map(partValue).join('');
}

export function argumentOf(word: Word | Assignment): Argument {
  if (word.type === 'Word') {
    const value = valueOf(word);
    const pipe = word.parts?.length === 1 && word.parts[0]?.type === 'ProcessSubstitution';
    return { text: word.text, value, prefix: value ?? prefixOf(word), pipe };
  }
  const value = word.value.type === 'Word' ? valueOf(word.value) : undefined;
  const prefix = `${word.name}=`;
  return { text: word.text, value: value === undefined ? undefined : prefix + value, prefix, pipe: false };
}
