// Texts of extension values: what the compiler makes of them against what cedar-wasm does.

import { isAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExtension } from '../../engine/compiler/index.ts';
import type { Value } from '../../engine/compiler/value.ts';

/** For each condition: whether it holds, or that it errs. One request, one permit per condition. */
function cedarAnswers(conditions: string[]): (boolean | 'error')[] {
  const uid = { type: 'T', id: 'x' };
  const policies = conditions.map((condition, i) => [
    `p${i}`,
    `permit(principal, action, resource) when { ${condition} };`,
  ]);
  const answer = isAuthorized({
    principal: uid,
    action: { type: 'Action', id: 'x' },
    resource: uid,
    context: {},
    entities: [],
    policies: { staticPolicies: Object.fromEntries(policies) },
  });
  if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors));
  const { reason, errors } = answer.response.diagnostics;
  const held = new Set(reason);
  const erred = new Set(errors.map(({ policyId }) => policyId));
  return conditions.map((_, i) => (erred.has(`p${i}`) ? 'error' : held.has(`p${i}`)));
}

/** A condition that holds exactly if Cedar reads the text as this value; for a refused text, one that errs. */
function agreement(name: string, text: string, value: Value | undefined): string {
  const call = `${name}(${JSON.stringify(text)})`;
  if (value === undefined) return `${call} == ${call}`;
  if (typeof value !== 'object') throw new Error('not an extension value');
  if ('datetime' in value) return `${call}.durationSince(datetime("1970-01-01")).toMilliseconds() == ${value.datetime}`;
  if ('duration' in value) return `${call}.toMilliseconds() == ${value.duration}`;
  if ('decimal' in value) {
    const digits = String(value.decimal < 0n ? -value.decimal : value.decimal).padStart(5, '0');
    return `${call} == decimal("${value.decimal < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}")`;
  }
  if (!('ipaddr' in value)) throw new Error('not an extension value');
  const address = value.ipaddr.slice(0, -1);
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((address[2 * i] ?? 0) << 8) | (address[2 * i + 1] ?? 0)).toString(16),
  );
  const host = address.length === 4 ? address.join('.') : groups.join(':');
  return `${call} == ip("${host}/${value.ipaddr.at(-1)}")`;
}

function expectAgreement(name: string, texts: string[]): void {
  const values = texts.map((text) => parseExtension(name, text));
  const answers = cedarAnswers(texts.map((text, i) => agreement(name, text, values[i])));
  const disagreeing = texts.filter((_, i) => answers[i] !== (values[i] === undefined ? 'error' : true));
  expect(disagreeing).toEqual([]);
}

const SEED = 20261122;

/** Separated by `|`; empty texts and spaces count. */
const NAMED = {
  decimal:
    '0.0|-0.0|1.5|-1.5|1|1.|.5|1.00000|+1.0|1.0 ||-|00001.1|-.5|1.0.0|1e1|٣.١|922337203685477.5807|' +
    '922337203685477.5808|-922337203685477.5808|-922337203685477.5809',
  datetime:
    '1970-01-01|0000-01-01|9999-12-31|2024-02-29|2023-02-29|1900-02-29|2000-02-29|2024-13-01|2024-00-10|' +
    '2024-01-01T00:00:00Z|2024-01-01T23:59:60Z|2024-01-01T24:00:00Z|2024-01-01T00:00:00|2024-01-01t00:00:00Z|' +
    '2024-01-01T00:00:00.000Z|2024-01-01T00:00:00.00Z|2024-01-01T00:00:00+2359|2024-01-01T00:00:00-2359|' +
    '2024-01-01T00:00:00+2400|2024-01-01T00:00:00+0060|2024-01-01T00:00:00+01:00|' +
    '2024-01-01T00:00:00.123-0130|0000-01-01T00:00:00+2359|9999-12-31T23:59:59.999-2359|2024-1-1|02024-01-01|' +
    '-2024-01-01|2024-01-01Z||2024-04-31|0001-01-01|0099-12-31',
  duration:
    '0ms|1d|1h|1m|1s|1ms|1d2h3m4s5ms|-1d2h3m4s5ms||-|d|1|1ms1s|1h1d|1d1d|+1d|1.5h| 1d|1m1ms|1ms1m|1mms|01d|' +
    '9223372036854775807ms|9223372036854775808ms|-9223372036854775808ms|-9223372036854775809ms|' +
    '106751991167d7h12m55s807ms|106751991167d7h12m55s808ms|-106751991167d7h12m55s808ms|106751991168d|' +
    '99999999999999999999d|153722867280912m55s807ms|-0d|0d0h0m0s0ms',
  ip:
    '127.0.0.1|1.2.3.4/8|1.2.3.4/0|1.2.3.4/32|1.2.3.4/33|1.2.3.4/08|1.2.3.4/|1.2.3.4/-1|1.2.3.4/8/8|01.2.3.4|' +
    '256.1.1.1|1.2.3|1.2.3.4.5||::|::1|::/0|::1/128|::1/129|::1/0128|1::|1:2:3:4:5:6:7:8|1:2:3:4:5:6:7::|' +
    '::2:3:4:5:6:7:8|1:2:3:4::5:6:7:8|1:2:3:4:5:6:7:8:9|:::|1::2::3|::ffff:1.2.3.4|12345::|g::|FE80::1|' +
    'fe80::1%eth0| ::1|::1 |[::1]|1.2.3.4:80|0000:0000:0000:0000:0000:0000:0000:0001/128|00000::|:1|1:|' +
    '1:2:3:4:5:6:7:|1.2.3.4/٣|１.2.3.4|0000:0000:0000:0000:0000:0000:0000:00001/128',
};

describe('parseExtension() agrees with Cedar', () => {
  test.each(Object.entries(NAMED))('%s: named texts', (name, texts) => {
    expectAgreement(name, texts.split('|'));
  });

  test.each([
    ['decimal', '0159.-'],
    ['datetime', '0123459-T:Z+.'],
    ['duration', '0129dhms-'],
    ['ip', '0125.:/af'],
  ] as const)(`%s: mutated texts (seed ${SEED})`, (name, alphabet) => {
    const texts = fc.sample(
      fc
        .record({
          text: fc.constantFrom(...NAMED[name].split('|')),
          edits: fc.array(
            fc.record({
              at: fc.nat(45),
              drop: fc.nat(2),
              insert: fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 3 }),
            }),
            { minLength: 1, maxLength: 3 },
          ),
        })
        .map(({ text, edits }) =>
          edits.reduce((t, { at, drop, insert }) => {
            const place = at % (t.length + 1);
            return t.slice(0, place) + insert + t.slice(place + drop);
          }, text),
        ),
      { seed: SEED, numRuns: 2_000 },
    );
    expectAgreement(name, [...new Set(texts)]);
    expect(texts.filter((text) => parseExtension(name, text) !== undefined).length).toBeGreaterThan(50);
  });

  test('no other name is a constructor', () => {
    expect(parseExtension('toString', '1')).toBeUndefined();
  });
});
