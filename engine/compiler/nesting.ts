// How deep an expression may nest. Cedar's parser recurses, and cedar-wasm, once it has run out of stack, answers no
// further call; so a text is measured by its words before it is parsed. Trusts nothing about the text.

import type { Diagnostic, Source } from './diagnostic.ts';
import { diagnosticAt } from './diagnostic.ts';
import type { Token } from './tokens.ts';

/**
 * What a path through the tree may weigh, in operators of a chain. Measured with cedar-wasm 4.13.0 in Node 26: chains
 * of 1,000, 500 nested `if` and 100 parentheses pass; 3,000, 900 and 200 run out of stack.
 */
const WEIGHT_MAX = 1000;
const WEIGHTS: Record<string, number> = { '&&': 1, '||': 1, '+': 1, '-': 1, '*': 1, if: 3 };
const BRACKET_WEIGHT = 12;

/**
 * A refusal if the text nests too deep. `<` and `>` are the brackets of a schema's `Set<…>`, and operators of a policy.
 */
export function refuseNesting(source: Source, words: Token[], language: 'policy' | 'schema'): Diagnostic[] {
  const opening = language === 'schema' ? '([{<' : '([{';
  const closing = language === 'schema' ? ')]}>' : ')]}';
  const outer: { weight: number; members: number }[] = [];
  let weight = 0;
  // Of the member accesses before an operator, only those of one operand lie on a path.
  let members = 0;
  for (const { text, start, kind } of words) {
    if (kind === 'string') continue;
    if (opening.includes(text)) {
      outer.push({ weight, members });
      weight += members + BRACKET_WEIGHT;
      members = 0;
    } else if (closing.includes(text)) {
      ({ weight, members } = outer.pop() ?? { weight: 0, members: 0 });
    } else if (text === ',' || text === ';') {
      // The next element, or the next policy, lies beside this one.
      const around = outer.at(-1);
      weight = around ? around.weight + around.members + BRACKET_WEIGHT : 0;
      members = 0;
    } else if (text === '.') {
      members++;
    } else if (Object.hasOwn(WEIGHTS, text)) {
      weight += WEIGHTS[text]!;
      members = 0;
    }
    if (weight + members > WEIGHT_MAX) {
      const message = 'the expression nests too deep here';
      return [diagnosticAt(source, start, { code: 'too-deep', message, hint: 'split it, or put the values in a set' })];
    }
  }
  return [];
}
