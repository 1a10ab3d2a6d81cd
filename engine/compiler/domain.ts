// What a schema means beyond Cedar: `@derived` gives an entity type the parents its names imply, `@supplied` marks
// context attributes the engine writes (SPEC §4), `@sensitive` those whose values are redacted (SPEC §9.6). A marking
// that would have no effect is refused, not ignored.

import type { Diagnostic, Source } from './diagnostic.ts';
import { diagnosticAt } from './diagnostic.ts';
import type { Action, Attribute, EntityType, SchemaModel, Type } from './schema.ts';
import type { Token } from './tokens.ts';
import { textOf, tokenize } from './tokens.ts';

const DERIVED_KINDS = ['path', 'domain', 'host', 'endpoint', 'qualified'] as const;
export type DerivedKind = (typeof DERIVED_KINDS)[number];

export type SuppliedName = 'labels' | 'clearances' | 'session' | 'time' | 'name' | 'segments' | 'port';

const STRINGS: Type = { kind: 'set', element: { kind: 'String' } };
const COUNTERS = ['blocked', 'modelRequests', 'outside', 'recent', 'requests', 'spend', 'surprising', 'tokens'].map(
  (name): Attribute => ({
    name,
    type: { kind: 'Long' },
    required: true,
    annotations: new Map(),
  }),
);

/** SPEC §4, second table. */
const SUPPLIED: Record<SuppliedName, { type: Type; text: string; only?: 'path' | 'endpoint' }> = {
  labels: { type: STRINGS, text: 'Set<String>' },
  clearances: { type: STRINGS, text: 'Set<String>' },
  session: {
    type: { kind: 'record', attributes: COUNTERS },
    text: `{ ${COUNTERS.map(({ name }) => `${name}: Long`).join(', ')} }`,
  },
  time: { type: { kind: 'datetime' }, text: 'datetime' },
  name: { type: { kind: 'String' }, text: 'String', only: 'path' },
  segments: { type: STRINGS, text: 'Set<String>', only: 'path' },
  port: { type: { kind: 'Long' }, text: 'Long', only: 'endpoint' },
};

/** What the one parent type of a derived type has to be; a type may be its own parent where it is of that kind. */
const PARENT_KIND: Record<DerivedKind, DerivedKind | 'plain'> = {
  path: 'path',
  domain: 'domain',
  host: 'domain',
  endpoint: 'host',
  qualified: 'plain',
};

/** The kind of a type whose parents are computed from its id; undefined for a plain one. */
export function derivedKind({ annotations }: EntityType): DerivedKind | undefined {
  return annotations.get('derived') as DerivedKind | undefined;
}

/** Whether the engine writes this attribute. */
export function isSupplied({ annotations }: Attribute): boolean {
  return annotations.has('supplied');
}

/** Whether its value is redacted when it is recorded. */
export function isSensitive({ annotations }: Attribute): boolean {
  return annotations.has('sensitive');
}

/** Every marking that has no meaning where it stands. */
export function checkDomain(schema: SchemaModel, source: Source): Diagnostic[] {
  return new DomainCheck(schema, source).run();
}

/** What marks attributes of a context and nothing else. */
const OF_CONTEXT = ['supplied', 'sensitive'];

class DomainCheck {
  readonly #schema: SchemaModel;
  readonly #source: Source;
  readonly #words: Token[];
  readonly #types: Map<string, EntityType>;
  readonly #diagnostics: Diagnostic[] = [];

  constructor(schema: SchemaModel, source: Source) {
    this.#schema = schema;
    this.#source = source;
    this.#words = tokenize(source.text);
    this.#types = new Map(schema.entityTypes.map((type) => [type.name, type]));
  }

  run(): Diagnostic[] {
    this.#misplaced();
    for (const type of this.#schema.entityTypes) {
      this.#derived(type);
      for (const attribute of type.attributes) this.#notOfContext(attribute);
      if (type.tags) this.#noneOfContext(type.tags);
    }
    for (const action of this.#schema.actions) {
      for (const attribute of action.context) {
        if (isSupplied(attribute)) this.#supplied(attribute, action);
        if (isSupplied(attribute) && isSensitive(attribute)) this.#suppliedSensitive(attribute);
        this.#noneOfContext(attribute.type);
      }
    }
    const seen = new Set<string>();
    return this.#diagnostics.filter(({ line, column, message }) => {
      const key = `${line}:${column}:${message}`;
      return !seen.has(key) && seen.add(key);
    });
  }

  /** By the words, since Cedar's JSON form drops the annotations of what is never used. */
  #misplaced(): void {
    for (const [i, { text, start }] of this.#words.entries()) {
      if (this.#words[i - 1]?.text !== '@' || (text !== 'derived' && !OF_CONTEXT.includes(text))) continue;
      const [declared, next] = afterAnnotations(this.#words.slice(i + 1));
      const isAttribute = next?.text === ':' || next?.text === '?';
      if (text === 'derived' ? !isAttribute && declared?.text === 'entity' : isAttribute) continue;
      const message = `\`@${text}\` means nothing here`;
      const hint = text === 'derived' ? 'it belongs to an entity type' : 'it belongs to an attribute of a context';
      this.#diagnostics.push(diagnosticAt(this.#source, start - 1, { code: `${text}-misplaced`, message, hint }));
    }
  }

  #derived(type: EntityType): void {
    const kind = derivedKind(type);
    if (kind === undefined) return;
    if (!DERIVED_KINDS.includes(kind)) {
      const hint = `the kinds are ${DERIVED_KINDS.join(', ')}`;
      return this.#at(
        'derived',
        type.name,
        'derived-kind',
        `\`${type.name}\`: there is no kind "${kind}" of derived name`,
        hint,
      );
    }
    const parent = type.parents.length === 1 ? this.#types.get(type.parents[0]!) : undefined;
    const wanted = PARENT_KIND[kind];
    const selfParent = wanted === 'plain' || wanted === 'host' || parent?.parents.every((name) => name === parent.name);
    if (parent && (derivedKind(parent) ?? 'plain') === wanted && selfParent) return;
    const what = wanted === 'plain' ? 'without `@derived`' : `with \`@derived("${wanted}")\``;
    const message = `\`${type.name}\`: a derived ${kind} needs exactly one parent type, ${what}`;
    this.#at(
      'derived',
      type.name,
      'derived-parents',
      message,
      'write it after `in`, for example `entity File in [Dir];`',
    );
  }

  #supplied(attribute: Attribute, { uid, resources }: Action): void {
    const { name, type, required } = attribute;
    const at = (code: string, message: string, hint?: string) => this.#at('supplied', name, code, message, hint);
    if (!isSuppliedName(name)) {
      const hint = `it writes ${Object.keys(SUPPLIED).join(', ')}`;
      return at('supplied-name', `the engine has no attribute \`${name}\` to supply`, hint);
    }
    const known = SUPPLIED[name];
    if (!required) return at('supplied-optional', `\`${name}\` is always supplied, so it cannot be optional`);
    if (!sameType(type, known.type))
      return at('supplied-type', `the supplied attribute \`${name}\` is a ${known.text}`);
    const { only } = known;
    const other = resources.find((resource) => derivedKind(this.#types.get(resource)!) !== only);
    if (only !== undefined && other !== undefined) {
      const message = `action "${uid.id}": \`${name}\` is supplied for ${only}s only, and \`${other}\` is none`;
      at(`supplied-not-${only}`, message);
    }
  }

  #suppliedSensitive({ name }: Attribute): void {
    const message = `\`${name}\` is written by the engine and stands in no request, so nothing of it is redacted`;
    this.#at('sensitive', name, 'sensitive-supplied', message, 'mark attributes that callers supply');
  }

  #noneOfContext(type: Type): void {
    if (type.kind === 'set') this.#noneOfContext(type.element);
    if (type.kind === 'record') for (const attribute of type.attributes) this.#notOfContext(attribute);
  }

  #notOfContext(attribute: Attribute): void {
    const { name, annotations } = attribute;
    for (const annotation of OF_CONTEXT.filter((one) => annotations.has(one))) {
      const effect = annotation === 'supplied' ? 'the engine does not write it' : 'it is recorded as it is';
      const message = `\`${name}\` is not an attribute of an action's context, so ${effect}`;
      this.#at(annotation, name, `${annotation}-misplaced`, message, `\`@${annotation}\` belongs to a context`);
    }
    this.#noneOfContext(attribute.type);
  }

  /** Reports at the annotation that comes before the declaration of `name`. */
  #at(annotation: string, name: string, code: string, message: string, hint?: string): void {
    const declared = name.split('::').at(-1);
    const found = this.#words.findIndex(
      (word, i) =>
        word.text === annotation && this.#words[i - 1]?.text === '@' && declares(this.#words.slice(i + 1), declared),
    );
    this.#diagnostics.push(diagnosticAt(this.#source, this.#words[found - 1]?.start ?? 0, { code, message, hint }));
  }
}

/** The words after an annotation's name, its value and any further annotations. */
function afterAnnotations(words: Token[]): Token[] {
  let i = words[0]?.text === '(' ? 3 : 0;
  while (words[i]?.text === '@') i += words[i + 2]?.text === '(' ? 5 : 2;
  return words.slice(i);
}

/** Whether the annotated thing is an attribute or entity type of this name. */
function declares(words: Token[], name: string | undefined): boolean {
  const [first, ...rest] = afterAnnotations(words);
  if (first === undefined) return false;
  if (first.text !== 'entity') return textOf(first) === name;
  const end = rest.findIndex(({ kind, text }) => kind === 'mark' && text !== ',');
  return textOf(first) === name || rest.slice(0, end).some(({ text }) => text === name);
}

function isSuppliedName(name: string): name is SuppliedName {
  return Object.hasOwn(SUPPLIED, name);
}

/** Compares types; annotations of attributes do not count. */
function sameType(a: Type, b: Type): boolean {
  if (a.kind === 'set' && b.kind === 'set') return sameType(a.element, b.element);
  if (a.kind === 'record' && b.kind === 'record') {
    return (
      a.attributes.length === b.attributes.length &&
      a.attributes.every(({ name, type, required }, i) => {
        const other = b.attributes[i]!;
        return name === other.name && required === other.required && sameType(type, other.type);
      })
    );
  }
  return a.kind === b.kind && a.kind !== 'entity';
}
