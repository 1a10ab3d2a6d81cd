// Owns: as much of CDDL (RFC 8610) as docs/schema uses, to check that real bytes are what the schema says.
// Excludes: order, canonical form and duplicates, which CDDL cannot say.

import { Decoder, Tag } from 'cbor-x';

type Type =
  | { kind: 'choice'; types: Type[] }
  | { kind: 'literal'; value: number | bigint | string }
  | { kind: 'range'; low: bigint; high: bigint }
  | { kind: 'name'; name: string }
  | { kind: 'map' | 'array' | 'enum'; entries: Entry[] }
  | { kind: 'tag'; tag: number; type: Type }
  | { kind: 'size'; type: Type; sizes: Type }
  | { kind: 'cbor'; type: Type };

interface Entry {
  min: number;
  max: number;
  /** Of a map, what the key must be; of an array or enumeration, a name that is not checked. */
  key?: Type;
  type: Type;
}

export type Schema = ReadonlyMap<string, Type>;

const TOKEN = /;.*|\s+|("[^"]*"|#6\.\d+|\.\.|\.size|\.cbor|=>|-?\d+|[A-Za-z][\w-]*|[&()[\]{},/:?*+=])/y;

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new SyntaxError(`not CDDL as used here: ${text.slice(at, at + 20)}`);
    if (match[1] !== undefined) tokens.push(match[1]);
  }
  return tokens;
}

/** The rules of `text`. @throws {SyntaxError} on what is not CDDL as used here, and on a name without a rule. */
export function parseCddl(text: string): Schema {
  const tokens = tokensOf(text);
  const rules = new Map<string, Type>();
  let at = 0;

  const take = (expected?: string): string => {
    const token = tokens[at++];
    if (token === undefined || (expected !== undefined && token !== expected)) {
      throw new SyntaxError(
        `expected ${expected ?? 'more'}, found ${token ?? 'the end'} after ${tokens.slice(at - 6, at - 1).join(' ')}`,
      );
    }
    return token;
  };
  const skip = (token: string): boolean => tokens[at] === token && Boolean(++at);

  const type = (): Type => {
    const types = [controlled()];
    while (skip('/')) types.push(controlled());
    return types.length === 1 ? types[0]! : { kind: 'choice', types };
  };
  const controlled = (): Type => {
    const left = plain();
    if (skip('..')) return { kind: 'range', low: BigInt((left as { value: number }).value), high: BigInt(take()) };
    if (skip('.size')) return { kind: 'size', type: left, sizes: plain() };
    if (skip('.cbor')) return { kind: 'cbor', type: plain() };
    return left;
  };
  const plain = (): Type => {
    const token = take();
    if (token === '{') return { kind: 'map', entries: entries('}') };
    if (token === '[') return { kind: 'array', entries: entries(']') };
    if (token === '&') {
      take('(');
      return { kind: 'enum', entries: entries(')') };
    }
    if (token === '(') {
      const inner = type();
      take(')');
      return inner;
    }
    if (token.startsWith('#6.')) {
      take('(');
      const tagged: Type = { kind: 'tag', tag: Number(token.slice(3)), type: type() };
      take(')');
      return tagged;
    }
    if (token.startsWith('"')) return { kind: 'literal', value: token.slice(1, -1) };
    if (/^-?\d/.test(token))
      return { kind: 'literal', value: Number.isSafeInteger(Number(token)) ? Number(token) : BigInt(token) };
    return { kind: 'name', name: token };
  };
  const entries = (end: string): Entry[] => {
    const found: Entry[] = [];
    while (!skip(end)) {
      const times = occurrence();
      const first = type();
      if (skip(':')) {
        const key: Type = first.kind === 'name' ? { kind: 'literal', value: first.name } : first;
        found.push({ ...times, key, type: type() });
      } else if (skip('=>')) found.push({ ...times, key: first, type: type() });
      else found.push({ ...times, type: first });
      if (!skip(',') && tokens[at] !== end) throw new SyntaxError(`expected , or ${end}, found ${tokens[at]}`);
    }
    return found;
  };
  const occurrence = (): { min: number; max: number } => {
    if (skip('?')) return { min: 0, max: 1 };
    if (skip('*')) return { min: 0, max: Infinity };
    if (skip('+')) return { min: 1, max: Infinity };
    if (tokens[at + 1] !== '*') return { min: 1, max: 1 };
    const min = Number(take());
    take('*');
    return { min, max: Number(take()) };
  };

  while (at < tokens.length) {
    const name = take();
    take('=');
    if (rules.has(name)) throw new SyntaxError(`${name} is defined twice`);
    rules.set(name, type());
  }
  for (const token of tokens) {
    const isName = /^[A-Za-z]/.test(token) && !rules.has(token) && !(token in PRELUDE);
    if (isName && !tokens.some((other, index) => other === token && tokens[index + 1] === ':')) {
      throw new SyntaxError(`${token} has no rule`);
    }
  }
  return rules;
}

const isInteger = (value: unknown): value is number | bigint =>
  typeof value === 'bigint' || Number.isSafeInteger(value);

const PRELUDE: Record<string, (value: unknown) => boolean> = {
  any: () => true,
  bool: (value) => typeof value === 'boolean',
  bytes: (value) => value instanceof Uint8Array,
  null: (value) => value === null,
  text: (value) => typeof value === 'string',
  true: (value) => value === true,
  uint: (value) => isInteger(value) && value >= 0,
};

const decode = (bytes: Uint8Array): unknown => new Decoder({ mapsAsObjects: false }).decode(new Uint8Array(bytes));

/** Whether `bytes` are one item of the rule named `root`. */
export function conforms(schema: Schema, root: string, bytes: Uint8Array): boolean {
  const matches = (type: Type, value: unknown): boolean => {
    switch (type.kind) {
      case 'choice':
        return type.types.some((choice) => matches(choice, value));
      case 'literal':
        return value === type.value;
      case 'range':
        return isInteger(value) && value >= type.low && value <= type.high;
      case 'name': {
        const rule = schema.get(type.name);
        return rule ? matches(rule, value) : PRELUDE[type.name]!(value);
      }
      case 'enum':
        return type.entries.some((entry) => matches(entry.type, value));
      case 'tag':
        return value instanceof Tag && value.tag === type.tag && matches(type.type, value.value);
      case 'size':
        return matches(type.type, value) && matches(type.sizes, (value as Uint8Array).length);
      case 'cbor':
        return value instanceof Uint8Array && matches(type.type, decode(value));
      case 'array':
        return Array.isArray(value) && arrayMatches(type.entries, value);
      case 'map':
        return value instanceof Map && mapMatches(type.entries, value);
    }
  };
  const arrayMatches = (entries: Entry[], values: unknown[]): boolean => {
    let at = 0;
    for (const { min, max, type } of entries) {
      const start = at;
      while (at < values.length && at - start < max && matches(type, values[at])) at++;
      if (at - start < min) return false;
    }
    return at === values.length;
  };
  const mapMatches = (entries: Entry[], map: Map<unknown, unknown>): boolean => {
    const left = new Map(map);
    for (const { min, max, key, type } of entries) {
      const found = [...left].filter(([name, value]) => matches(key!, name) && matches(type, value));
      if (found.length < min || found.length > max) return false;
      for (const [name] of found) left.delete(name);
    }
    return left.size === 0;
  };
  return matches({ kind: 'name', name: root }, decode(bytes));
}
