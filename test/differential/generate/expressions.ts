// Owns: random Cedar expressions of a wanted type, as text; now and then of another type, so that policies err.

import { type Attribute, type RecordType, type Schema, type Type } from '../reference/schema.ts';
import { type Entity } from '../reference/value.ts';
import { type Random } from './random.ts';
import { entityText, quote, valueText } from './text.ts';
import { DATETIMES, DECIMALS, DURATIONS, IPS, STRINGS, Values } from './values.ts';

interface Path {
  text: string;
  type: Type;
}

const PATH_DEPTH_MAX = 3;
/** Of a hundred operands, those of a type that does not fit. */
const ILL_TYPED_PERCENT = 2;
const BOOL: Type = { kind: 'Bool' };
const LONG: Type = { kind: 'Long' };
const STRING: Type = { kind: 'String' };
const SCALARS: Type[] = [
  BOOL,
  LONG,
  STRING,
  ...(['decimal', 'datetime', 'duration', 'ipaddr'] as const).map((kind) => ({ kind })),
];
/** Text that the constructor of the same name refuses. */
const REFUSED = [
  '',
  '1',
  '1.23456',
  '2024-02-30',
  '1h1d',
  '10.0.0.256',
  '::1/129',
  '922337203685477.5808',
  '9223372036854775808ms',
];
const CONSTRUCTORS = {
  decimal: ['decimal', DECIMALS],
  datetime: ['datetime', DATETIMES],
  duration: ['duration', DURATIONS],
  ipaddr: ['ip', IPS],
} as const;

const typeNames = new WeakMap<Type, string>();

/** A text that is the same for types that are the same. */
function nameOf(type: Type): string {
  const known =
    typeNames.get(type) ?? JSON.stringify(type, (_key, value) => (value instanceof Map ? [...value] : value));
  typeNames.set(type, known);
  return known;
}

const same = (left: Type, right: Type): boolean => nameOf(left) === nameOf(right);

const patternPart = (part: string): string => (part === '*' ? '*' : quote(part).slice(1, -1).replaceAll('*', '\\*'));

export class Expressions {
  readonly random: Random;
  readonly schema: Schema;
  readonly values: Values;
  readonly #paths: Path[];

  /** For requests of the given types, of which `context` is what callers and engine put into it. */
  constructor(
    random: Random,
    schema: Schema,
    principal: string,
    action: Entity,
    resource: string,
    context: RecordType,
  ) {
    this.random = random;
    this.schema = schema;
    this.values = new Values(random, schema);
    this.#paths = [
      ...this.#pathsFrom('principal', { kind: 'Entity', name: principal }, 0),
      ...this.#pathsFrom('resource', { kind: 'Entity', name: resource }, 0),
      ...this.#pathsFrom('context', context, 0),
      { text: 'action', type: { kind: 'Entity', name: action.type } },
    ];
  }

  /** Leaves the context as a whole and these of its attributes out. */
  hide(...hidden: string[]): void {
    for (let index = this.#paths.length - 1; index >= 0; index -= 1) {
      const { text } = this.#paths[index]!;
      if (text === 'context' || hidden.some((name) => text.startsWith(`context[${quote(name)}]`)))
        this.#paths.splice(index, 1);
    }
  }

  #attributes(type: Type): Map<string, Attribute> {
    if (type.kind === 'Record') return type.attributes;
    if (type.kind === 'Entity') return this.schema.entityTypes.get(type.name)?.attributes.attributes ?? new Map();
    return new Map();
  }

  #pathsFrom(text: string, type: Type, depth: number): Path[] {
    if (depth === PATH_DEPTH_MAX) return [{ text, type }];
    const below = [...this.#attributes(type)].flatMap(([name, attribute]) =>
      this.#pathsFrom(`${text}[${quote(name)}]`, attribute.type, depth + 1),
    );
    return [{ text, type }, ...below];
  }

  #path(wanted: Type): string | undefined {
    const fitting = this.#paths.filter(({ type }) => same(type, wanted));
    return fitting.length > 0 ? this.random.pick(fitting).text : undefined;
  }

  #entityType(): Type {
    return { kind: 'Entity', name: this.random.pick([...this.schema.entityTypes.keys()]) };
  }

  #anyType(): Type {
    const { random } = this;
    if (random.chance(30)) return this.#entityType();
    if (random.chance(40)) return random.pick(this.#paths).type;
    const scalar = random.pick(SCALARS);
    return random.chance(25) ? { kind: 'Set', element: scalar } : scalar;
  }

  /** An expression of the type, in brackets where it needs them. */
  of(wanted: Type, depth: number): string {
    const { random } = this;
    const type = random.chance(ILL_TYPED_PERCENT) ? this.#anyType() : wanted;
    const path = random.chance(depth > 0 ? 30 : 65) ? this.#path(type) : undefined;
    if (path !== undefined) return path;
    if (depth > 0 && random.chance(6)) {
      return `(if ${this.of(BOOL, depth - 1)} then ${this.of(type, depth - 1)} else ${this.of(type, depth - 1)})`;
    }
    return depth > 0 && random.chance(85) ? this.#compound(type, depth - 1) : this.#literal(type);
  }

  #literal(type: Type): string {
    if (type.kind === 'Long') {
      const value = this.values.long(true);
      return value < 0n ? `(${value})` : String(value);
    }
    // An action as a value; schemas do not list its type among the others.
    if (type.kind === 'Entity' && !this.schema.entityTypes.has(type.name)) {
      return `(${entityText(this.random.pick([...this.schema.actions.values()]).uid)})`;
    }
    if (type.kind in CONSTRUCTORS) return this.#construct(type.kind as keyof typeof CONSTRUCTORS, 0);
    return `(${valueText(this.values.value(type))})`;
  }

  #construct(kind: keyof typeof CONSTRUCTORS, depth: number): string {
    const { random } = this;
    const [constructor, texts] = CONSTRUCTORS[kind];
    if (depth > 0) return `${constructor}(${this.of(STRING, depth)})`;
    if (random.chance(2)) return `${constructor}(${random.pick(['', `${quote(random.pick(texts))}, "1"`])})`;
    return `${constructor}(${quote(random.pick(random.chance(94) ? texts : REFUSED))})`;
  }

  #compound(type: Type, depth: number): string {
    const { random } = this;
    switch (type.kind) {
      case 'Bool':
        return `(${this.#bool(depth)})`;
      case 'Long':
        return `(${this.#long(depth)})`;
      case 'datetime':
      case 'duration':
      case 'decimal':
      case 'ipaddr':
        return this.#extension(type.kind, depth);
      case 'Set':
        return `[${random.times(0, 3, () => this.of(type.element, depth)).join(', ')}]`;
      case 'Record': {
        const present = [...type.attributes].filter(([, { required }]) => required || random.chance(50));
        return `{${present.map(([name, attribute]) => `${quote(name)}: ${this.of(attribute.type, depth)}`).join(', ')}}`;
      }
      case 'String':
      case 'Entity':
        return this.#tagged(type, depth) ?? this.#literal(type);
    }
  }

  #tagged(type: Type, depth: number): string | undefined {
    const tagged = [...this.schema.entityTypes.values()].filter(({ tags }) => tags !== undefined && same(tags, type));
    if (tagged.length === 0) return;
    return `${this.of({ kind: 'Entity', name: this.random.pick(tagged).name }, depth)}.getTag(${this.#tagName(depth)})`;
  }

  #taggedType(): Type {
    const tagged = [...this.schema.entityTypes.values()].filter(({ tags }) => tags !== undefined);
    return tagged.length === 0 ? this.#entityType() : { kind: 'Entity', name: this.random.pick(tagged).name };
  }

  #tagName(depth: number): string {
    return this.random.chance(80) ? quote(this.random.pick(STRINGS.slice(0, 3))) : this.of(STRING, depth);
  }

  #long(depth: number): string {
    const { random } = this;
    const long = () => this.of(LONG, depth);
    switch (random.between(0, 5)) {
      case 0:
        return `-${long()}`;
      case 1:
        return `${long()} * ${long()}`;
      case 2:
        return `${long()} - ${long()}`;
      case 3:
        return this.#tagged(LONG, depth) ?? long();
      case 4: {
        const unit = random.pick(['toMilliseconds', 'toSeconds', 'toMinutes', 'toHours', 'toDays']);
        return `${this.of({ kind: 'duration' }, depth)}.${unit}()`;
      }
      default:
        return `${long()} + ${long()}`;
    }
  }

  #extension(kind: keyof typeof CONSTRUCTORS, depth: number): string {
    const { random } = this;
    const datetime = () => this.of({ kind: 'datetime' }, depth);
    if (kind === 'datetime' && random.chance(60)) {
      return random.chance(50)
        ? `${datetime()}.offset(${this.of({ kind: 'duration' }, depth)})`
        : `${datetime()}.toDate()`;
    }
    if (kind === 'duration' && random.chance(60)) {
      return random.chance(50) ? `${datetime()}.durationSince(${datetime()})` : `${datetime()}.toTime()`;
    }
    return this.#construct(kind, random.chance(20) ? depth : 0);
  }

  #pattern(): string {
    const { random } = this;
    // Head and tail of one text may overlap: then the text itself does not match.
    const text = [...random.pick(STRINGS)];
    const cut = () => random.between(0, text.length);
    const parts = random.chance(50)
      ? [text.slice(0, cut()).join(''), '*', text.slice(cut()).join('')]
      : random.times(0, 4, () => random.pick(['*', '*', '**', 'a', 'b', 'ab', 'bc', 'é', '日', '😀', 'c']));
    return `"${parts.map(patternPart).join('')}"`;
  }

  #has(depth: number): string {
    const { random } = this;
    const { text, type } = random.pick(this.#paths);
    const names = [...this.#attributes(type).keys()];
    const name = names.length > 0 && random.chance(85) ? random.pick(names) : random.pick(['absent', 'name', 'a b']);
    if (random.chance(15)) return `${this.of(this.#anyType(), depth)} has ${quote(name)}`;
    const below = [...this.#attributes(this.#attributes(type).get(name)?.type ?? BOOL).keys()];
    const identifier = /^[a-z]\w*$/;
    const second = below.length > 0 ? random.pick(below) : 'absent';
    if (random.chance(30) && identifier.test(name) && identifier.test(second)) return `${text} has ${name}.${second}`;
    return `${text} has ${quote(name)}`;
  }

  #bool(depth: number): string {
    const { random } = this;
    const of = (type: Type) => this.of(type, depth);
    const anEntity = () => of(this.#entityType());
    switch (random.between(0, 18)) {
      case 0:
      case 1:
        return `${of(BOOL)} && ${of(BOOL)}`;
      case 2:
      case 3:
        return `${of(BOOL)} || ${of(BOOL)}`;
      case 4:
        return `!${of(BOOL)}`;
      case 5:
      case 6: {
        const type = this.#anyType();
        return `${of(type)} ${random.pick(['==', '!='])} ${of(type)}`;
      }
      case 7:
      case 8: {
        const type = random.pick<Type>([LONG, LONG, { kind: 'datetime' }, { kind: 'duration' }]);
        return `${of(type)} ${random.pick(['<', '<=', '>', '>='])} ${of(type)}`;
      }
      case 9: {
        const ancestors = random.chance(50) ? anEntity() : `[${random.times(0, 3, anEntity).join(', ')}]`;
        return `${random.chance(70) ? random.pick(['principal', 'action', 'resource']) : anEntity()} in ${ancestors}`;
      }
      case 10: {
        const type = random.pick([...this.schema.entityTypes.keys()]);
        const ancestors = random.chance(40) ? ` in ${anEntity()}` : '';
        return `${anEntity()} is ${type}${ancestors}`;
      }
      case 11:
        return this.#has(depth);
      case 12:
        return `${of(STRING)} like ${this.#pattern()}`;
      case 13: {
        const element = random.pick([...SCALARS, this.#entityType()]);
        const set: Type = { kind: 'Set', element };
        const method = random.pick(['contains', 'containsAll', 'containsAny', 'isEmpty']);
        if (method === 'isEmpty') return `${of(set)}.isEmpty()`;
        return `${of(set)}.${method}(${of(method === 'contains' ? element : set)})`;
      }
      case 14:
        return `${of(this.#taggedType())}.hasTag(${this.#tagName(depth)})`;
      case 15: {
        const type = random.pick<Type>([{ kind: 'datetime' }, { kind: 'duration' }, LONG]);
        return `${this.#compound(type, depth)} ${random.pick(['==', '<', '<='])} ${this.of(type, 0)}`;
      }
      case 16: {
        const net: Type = { kind: 'ipaddr' };
        const spare = random.chance(2) ? of(net) : '';
        return `${of(net)}.${random.pick(['isIpv4', 'isIpv6', 'isLoopback', 'isMulticast'])}(${spare})`;
      }
      case 17:
        return `${of({ kind: 'ipaddr' })}.isInRange(${of({ kind: 'ipaddr' })})`;
      default: {
        const decimal: Type = { kind: 'decimal' };
        const method = random.pick(['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual']);
        return `${of(decimal)}.${method}(${of(decimal)})`;
      }
    }
  }
}
