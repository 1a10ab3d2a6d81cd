// Cedar's words, for policy and schema text that Cedar's own parser has already accepted.
// Serves places in messages, splitting a file into policies, and exact integers; it decides nothing about the grammar.

export interface Token {
  kind: 'name' | 'integer' | 'string' | 'slot' | 'mark';
  text: string;
  start: number;
}

// The lexical grammar of Cedar 4.5; white space and comments match without a group.
const WORD =
  /\s+|\/\/[^\n\r]*|(?<name>[_a-zA-Z]\w*)|(?<integer>\d+)|(?<string>"(?:\\.|[^"\\])*")|(?<slot>\?\w+)|(?<mark>::|==|!=|<=|>=|&&|\|\||.)/gsu;

/** The words of a text, in order. Offsets are UTF-16 indexes. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(WORD)) {
    for (const [kind, word] of Object.entries(match.groups!)) {
      if (word !== undefined) tokens.push({ kind: kind as Token['kind'], text: word, start: match.index });
    }
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
