import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { shellRequests, type Request } from '../../kernel-adapters/shell/index.ts';
import { describeShared } from '../shared.ts';

const requests = (text: string): Request[] =>
  shellRequests(text, { principal: { type: 'Agent', id: 'tester' }, workingDirectory: '/w', ref: '' }).flat();

const WORDS =
  'cat rm cp mv cd bash -c eval sudo env xargs find -exec {} \\; curl -d @f http://h.example/ python - ssh a@b:c git clone tar xzf ' +
  `" ' $( ) \` \${ } ( { ; && || | & <<E E > < 2>&1 $A * ~/a if then else fi for f in do done while case esac f() [[ ]] (( )) \0 \\`;
const PIECES = [...WORDS.split(' '), ' ', '\n'];

/** A canonical path: SPEC §4. */
const PATH = /^\/$|^(\/(?!\.{1,2}(\/|$))[^/\0]+)+$/;

describe('any text', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join(' ')),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join('')),
  );

  test('becomes at least one request, and every file it names is canonical', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const all = requests(text);
        expect(all.length).toBeGreaterThan(0);
        for (const { resource } of all) if (/^(File|Dir)$/.test(resource.type)) expect(resource.id).toMatch(PATH);
      }),
      { numRuns: 3000, verbose: true },
    );
  });

  test('inside `bash -c` is stated as it is alone', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('rm a', 'cat $A', 'cd b', 'curl http://h.example', '(cat c)'), { minLength: 1 }),
        (commands) => {
          const text = commands.join('; ');
          expect(requests(`bash -c '${text}'`).slice(1)).toEqual(requests(text));
        },
      ),
    );
  });
});

describe('nesting and length', () => {
  test.each([
    ['substitutions', `${'$('.repeat(5000)}rm a${')'.repeat(5000)}`],
    ['subshells', `${'('.repeat(5000)}rm a${')'.repeat(5000)}`],
    ['loops', `${'while cd a; do '.repeat(200)}rm a${'; done'.repeat(200)}`],
    ['commands', 'cd a; rm b; '.repeat(2000)],
    ['quotes', `eval '${'"'.repeat(5000)}'`],
    ['evals', `${'eval '.repeat(2000)} rm a`],
  ])('%s end', (_title, text) => expect(requests(text).length).toBeGreaterThan(0));
});

describeShared('RedCode-Exec', 'shell/redcode-exec-bash', (directory) => {
  const entries = readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as { Index: string; Code: string }[]);

  test('has 300 texts, each of which is stated', () => {
    expect(entries.length).toBe(300);
    for (const { Code } of entries) expect(requests(Code).length).toBeGreaterThan(0);
  });

  test.each([
    ['file.delete', /\brm /, 'a deletion'],
    ['http.request', /\bwget /, 'a download'],
  ])('shows %s in every text that holds %s, or says that it cannot tell', (action, pattern) => {
    const texts = entries.filter(({ Code }) => pattern.test(Code));
    expect(texts.length).toBeGreaterThan(20);
    for (const { Code } of texts) {
      const all = requests(Code);
      expect([Code, all.some((request) => request.action === action || request.context['dynamic'] === true)]).toEqual([
        Code,
        true,
      ]);
    }
  });
});
