// Owns: random values of a schema's types, from pools small enough that different draws meet.

import { type RecordType, type Schema, type Type } from '../reference/schema.ts';
import { entity, LONG_MAX, LONG_MIN, type Entity, type RecordValue, type Value } from '../reference/value.ts';
import { datetime, decimal, duration, ip } from '../reference/extension.ts';
import { type Random } from './random.ts';

export const STRINGS = ['', 'a', 'ab', 'abc', 'a*b', 'é', 'É', '日本', '😀', 'a\u0000"\\', 'wörd'];
export const SMALL_LONGS = [0n, 1n, -1n, 2n, 3n, 10n, 9007199254740991n, -9007199254740991n];
const EXTREME_LONGS = [LONG_MAX, LONG_MIN, LONG_MAX - 1n, 9007199254740993n, 4611686018427387904n, 3037000500n];
export const DECIMALS = ['0.0', '1.5', '-1.5', '12.3456', '922337203685477.5807', '-922337203685477.5808'];
export const DATETIMES = [
  '1970-01-01',
  '1969-12-31',
  '2024-02-29',
  '1969-12-31T23:59:59.999Z',
  '2024-02-29T12:00:00Z',
  '2026-11-21T10:00:00.123+0530',
  '0001-01-01',
  '9999-12-31T23:59:59Z',
];
export const DURATIONS = [
  '0ms',
  '1d',
  '-1d',
  '1d2h3m4s5ms',
  '-90m',
  '3h',
  '-1m',
  '10s',
  '9223372036854775807ms',
  '-9223372036854775808ms',
];
export const IPS = [
  '127.0.0.1',
  '127.0.0.1/7',
  '::1/127',
  '224.0.0.0/3',
  '0.0.0.1/32',
  '10.0.0.0/8',
  '10.1.2.3',
  '10.1.0.0/16',
  '224.0.0.1',
  '0.0.0.0/0',
  '::1',
  'ff02::1',
  '2001:db8::/32',
  '2001:db8::7',
  '::/0',
];

/** Canonical ids of the derived types, so that hierarchies meet. */
export const CANONICAL_IDS = {
  path: ['/', '/work', '/work/a', '/work/a/b.txt', '/work/.env', '/work2', '/etc/passwd', '/wörk/ü/日本'],
  domain: ['com', 'example.com', 'sub.example.com', 'localhost', 'xn--bcher-kva.example'],
  host: ['example.com', 'a.sub.example.com', 'localhost', '10.0.0.1', '2001:db8::1', '::'],
  endpoint: ['example.com:443', 'a.sub.example.com:8080', '10.0.0.1:80', '[2001:db8::1]:22', 'localhost:0'],
  qualified: ['srv/tool', 'srv/other', 'öl/tool', 'srv/a/b'],
};

export class Values {
  readonly random: Random;
  readonly schema: Schema;

  constructor(random: Random, schema: Schema) {
    this.random = random;
    this.schema = schema;
  }

  long(extreme: boolean): bigint {
    return this.random.pick(extreme && this.random.chance(15) ? EXTREME_LONGS : SMALL_LONGS);
  }

  entity(type: string): Entity {
    const { ids, derived } = this.schema.entityTypes.get(type)!;
    const known = derived === undefined ? ['a', 'b', 'c', 'd', 'ü'] : CANONICAL_IDS[derived];
    return entity(type, this.random.pick(ids ?? known));
  }

  /** Integers stay safe: the oracle's interface would round others. */
  value(type: Type): Value {
    const { random } = this;
    switch (type.kind) {
      case 'Bool':
        return random.chance(50);
      case 'Long':
        return this.long(false);
      case 'String':
        return random.pick(STRINGS);
      case 'decimal':
        return decimal(random.pick(DECIMALS));
      case 'datetime':
        return datetime(random.pick(DATETIMES));
      case 'duration':
        return duration(random.pick(DURATIONS));
      case 'ipaddr':
        return ip(random.pick(IPS));
      case 'Set':
        return random.times(0, 3, () => this.value(type.element));
      case 'Record':
        return this.record(type);
      case 'Entity':
        return this.entity(type.name);
    }
  }

  record({ attributes }: RecordType): RecordValue {
    const present = [...attributes].filter(
      ([, { required, supplied }]) => !supplied && (required || this.random.chance(50)),
    );
    return new Map(present.map(([name, { type }]) => [name, this.value(type)]));
  }
}
