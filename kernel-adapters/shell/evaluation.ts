// Owns: where bash evaluates what a variable or a word holds, once more: arithmetic, prompts, references. The value of
// a name there is itself an expression, in which the index of an array may be a command (bash(1), ARITHMETIC
// EVALUATION).

import type { SyntaxNode, Word } from 'unbash';
import { decidesInShell } from './programs/variables.ts';
import { valueOf } from './word.ts';

// Numbers and operators name nothing.
const NUMBERS = /^[\s\d+*/%<>=!&|^~?:(),-]*$/;

const isNumber = (word: Word | undefined): boolean => word === undefined || NUMBERS.test(valueOf(word) ?? '$');

/** An index of an array: a number, all of it, or the end of it. */
const isIndex = (word: Word | undefined): boolean => word === undefined || /^[@*]$/.test(word.text) || isNumber(word);

/** What is evaluated at this very node, as written, if it may be more than numbers. */
export function evaluates(node: SyntaxNode): string | undefined {
  switch (node.type) {
    case 'ArithmeticExpansion':
    case 'ArithmeticCommand': {
      // Its words are judged below; without a tree, all of it here.
      const body = node.type === 'ArithmeticCommand' ? node.body : node.text.replace(/^\$(\(\(|\[)|(\)\)|\])$/g, '');
      return node.expression !== undefined || NUMBERS.test(body) ? undefined : body;
    }
    case 'ArithmeticWord':
      return NUMBERS.test(node.value) ? undefined : node.value;
    case 'ArithmeticCommandExpansion':
      return node.text;
    case 'TestUnary':
      return /^-[vR]$/.test(node.operator) && !/^\w+$/.test(valueOf(node.operand) ?? '')
        ? `${node.operator} ${node.operand.text}`
        : undefined;
    case 'TestBinary':
      return /^-(eq|ne|lt|le|gt|ge)$/.test(node.operator) && !(isNumber(node.left) && isNumber(node.right))
        ? `[[ ${node.left.text} ${node.operator} ${node.right.text} ]]`
        : undefined;
    case 'ParameterExpansion': {
      const { operation, index, prefix, parameter, text } = node;
      // `${!x}` is what `x` names; `${!x*}` only lists names.
      const refers = prefix === '!' && operation?.type !== 'Names' && !/^[@*]$/.test(index?.text ?? '');
      const sets = operation?.type === 'Default' && operation.operator.endsWith('=') && decidesInShell(parameter);
      const slices = operation?.type === 'Slice' && !(isNumber(operation.offset) && isNumber(operation.length));
      const transforms =
        operation?.type === 'Unknown' ||
        (operation?.type === 'Transform' && !/^[QULuEaAKk]$/.test(operation.operand.text));
      return refers || sets || slices || transforms || !isIndex(index) ? text : undefined;
    }
    case 'Assignment':
      return isIndex(node.index) ? undefined : node.text;
    case 'ArrayValue':
      return node.elements.some(({ text }) => text.startsWith('[') && !/^\[\d+\]=/.test(text)) ? 'array' : undefined;
    default:
      return undefined;
  }
}
