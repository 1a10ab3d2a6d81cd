import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CODES, VERDICTS } from '../../bindings/codes.ts';
import { BLOB_BYTES_MAX, LOG_NUMBER_MAX, TRUST_SET_BYTES_MAX } from '../../bindings/log/limits.ts';
import * as limits from '../../verifier/record/limits.ts';
import { conforms, parseCddl, type Schema } from './cddl.ts';
import { examples, recordsOf, section, sectionOf, valueExamples } from './worked.ts';

const all = await examples();
const shownSection = await section();

// In the order of SPEC §9.10.
const limitsInOrder = [
  limits.SEGMENT_BYTES_MAX,
  limits.RECORD_BYTES_MAX,
  limits.REQUEST_BYTES_MAX,
  limits.DECISION_BYTES_MAX,
  limits.STATE_BYTES_MAX,
  limits.LAYERS_MAX,
  limits.BY_CHARACTERS_MAX,
  limits.LOG_NUMBER_MAX,
  limits.EPOCHS_MAX,
  limits.TOMBSTONE_EPOCHS_MAX,
  limits.SEGMENT_EPOCHS_MAX,
  limits.SEGMENTS_MAX,
  limits.SOURCES_MAX,
  limits.VKEYS_MAX,
  limits.BASE_BYTES_MAX,
  limits.CHECKPOINT_BYTES_MAX,
  limits.DISCLOSURE_BYTES_MAX,
  limits.BLOB_BYTES_MAX,
  limits.PROGRAM_BYTES_MAX,
  limits.TRUST_SET_BYTES_MAX,
  limits.TOKEN_CHARACTERS_MAX,
  limits.GRANTS_MAX,
];

const root = fileURLToPath(new URL('../../', import.meta.url));
const spec = readFileSync(`${root}SPEC.md`, 'utf8');
const schema = parseCddl(
  globSync('docs/schema/*.cddl', { cwd: root })
    .map((path) => readFileSync(root + path, 'utf8'))
    .join('\n'),
);

test('the worked examples are what the code makes (else: node test/docs/worked.ts --write)', () => {
  expect(sectionOf(spec)).toBe(shownSection);
});

/** `name: number` of a CDDL enumeration, by number. */
function enumeration(rules: Schema, name: string): string[] {
  const type = rules.get(name);
  if (type?.kind !== 'enum') throw new Error(`${name} is not an enumeration`);
  return type.entries.map(({ key }) => (key?.kind === 'literal' ? String(key.value) : ''));
}

describe('SPEC, docs/schema and the code name the same', () => {
  test('verdicts', () => {
    const stated = /0: verdict +(.*)/
      .exec(spec)![1]!
      .split(', ')
      .map((item) => item.split(' ')[1]);
    expect(stated).toEqual([...VERDICTS]);
    expect(enumeration(schema, 'verdict')).toEqual([...VERDICTS]);
  });

  test('limits of a log', () => {
    const table = /\n\| of a log \|(?:.*\n)+?\n/.exec(spec)![0];
    const stated = [...table.matchAll(/^\| .* \| (\d+) \| \w+ \|$/gm)].map(([, number]) => Number(number));
    expect(stated).toEqual(limitsInOrder);
    const written = [LOG_NUMBER_MAX, BLOB_BYTES_MAX, TRUST_SET_BYTES_MAX];
    expect(written).toEqual([limits.LOG_NUMBER_MAX, limits.BLOB_BYTES_MAX, limits.TRUST_SET_BYTES_MAX]);
  });

  test('codes', () => {
    const table = /### 5\.1 Codes\n([\s\S]*?)\n\n(?!\|)/.exec(spec)![1]!;
    const stated = [...table.matchAll(/^\| (\d+) \| `([\w-]+)` \|/gm)].map(([, number, name]) => [
      Number(number),
      name,
    ]);
    expect(stated).toEqual([...CODES.entries()]);
    expect(enumeration(schema, 'code')).toEqual([...CODES]);
  });

  test.each([
    ['request', 'request'],
    ['decision', 'decision'],
  ])('keys of a %s', (name, rule) => {
    const block = new RegExp(`\\n${name} = \\{\\n([\\s\\S]*?)\\n\\}`).exec(spec)![1]!;
    const stated = [...block.matchAll(/^ *(?:\? )?(\d+): (\w+)/gm)].map(([, key, what]) => `${key} ${what}`);
    const text = readFileSync(`${root}docs/schema/${name}.cddl`, 'utf8');
    const drawn = new RegExp(`\\n${rule} = \\{\\n([\\s\\S]*?)\\n\\}`).exec(text)![1]!;
    expect([...drawn.matchAll(/^ *(?:\? )?(\d+): .*; (\w+)/gm)].map(([, key, what]) => `${key} ${what}`)).toEqual(
      stated,
    );
  });
});

describe('bytes follow docs/schema:', () => {
  test.each(valueExamples())('the value %s', (_, bytes) => expect(conforms(schema, 'value', bytes)).toBe(true));

  const shown = all.filter(({ rule }) => rule !== undefined);
  test.each(shown)('$title', ({ rule, bytes }) => expect(conforms(schema, rule!, bytes)).toBe(true));

  const vectors = JSON.parse(readFileSync(`${root}test/vectors/log/passing.json`, 'utf8')) as {
    name: string;
    files: Record<string, string>;
  }[];
  test.each(vectors)('every record of the vector $name', ({ files }) => {
    const segments = Object.entries(files).filter(([name]) => name.endsWith('.cborseq'));
    const records = segments.flatMap(([, hex]) => recordsOf(Buffer.from(hex, 'hex')));
    expect(records.length).toBeGreaterThan(0);
    for (const record of records) expect(conforms(schema, 'log-record', record)).toBe(true);
  });

  // A schema that lets everything pass would pass above.
  const request = Buffer.from(shown.find(({ title }) => title === 'request')!.bytes).toString('hex');
  test.each([
    ['a key too few', request.replace(/^a6/, 'a5').replace(/051b[0-9a-f]{16}$/, '')],
    ['an unknown key', request.replace(/^a6/, 'a7') + '08f5'],
    ['a continuation that is none', request.replace(/^a6/, 'a7') + '07f4'],
    ['a principal of text', request.replace(/^a600a2006541676e?[0-9a-f]*?016161/, 'a6006161')],
    ['an authority of 31 bytes', request.replace(/045820../, '04581f')],
    ['a time of text', request.replace(/051b[0-9a-f]{16}$/, '056131')],
  ])('not a request with %s', (_, mutated) => {
    expect(mutated).not.toBe(request);
    expect(conforms(schema, 'input', Buffer.from(mutated, 'hex'))).toBe(false);
  });
});
