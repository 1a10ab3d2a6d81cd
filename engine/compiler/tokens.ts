// Cedar's words, for policy and schema text that Cedar's own parser has already accepted.
// Serves places in messages, splitting a file into policies, and exact integers; it decides nothing about the grammar.

export interface Token {
  kind: (typeof KINDS)[number];
  text: string;
  start: number;
}

// The lexical grammar of Cedar 4.5; white space and comments match without a group.
const WORD = /\s+|\/\/[^\n\r]*|([_a-zA-Z]\w*)|(\d+)|("(?:\\.|[^"\\])*")|(\?\w+)|(::|==|!=|<=|>=|&&|\|\||.)/gsu;
/** What the groups of the expression match, in their order. */
const KINDS = ['name', 'integer', 'string', 'slot', 'mark'] as const;

/** The words of a text, in order. Offsets are UTF-16 indexes. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(WORD)) {
    const group = KINDS.findIndex((_, index) => match[index + 1] !== undefined);
    if (group >= 0) tokens.push({ kind: KINDS[group]!, text: match[0], start: match.index });
  }
  return tokens;
}

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', '0': '\0' };

/** What a name or string token stands for. */
export function textOf(token: Token): string {
  if (token.kind !== 'string') return token.text;
  return token.text.slice(1, -1).replace(/\\(?:u\{([^}]*)\}|x(..)|(.))/gsu, (_, point, byte, plain) => {
    if (plain !== undefined) return ESCAPES[plain] ?? plain;
    return String.fromCodePoint(parseInt((point ?? byte).replaceAll('_', ''), 16));
  });
}
