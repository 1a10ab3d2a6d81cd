import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatSource } from '../../engine/compiler/index.ts';
import { describeShared } from '../shared.ts';
import { inDirectory, plumb } from './plumb.ts';

const UGLY =
  '// why\n@id("a")permit(principal, // who\naction,resource)when{true&&["//no",// in a list\n"b"].contains("b")};// end\n';
const NEAT = '@id("a")\npermit (principal, action, resource);\n';
const BAD = 'permit(principal, action resource);\n';

const format = (text: string): string => {
  const formatted = formatSource({ name: 'p.cedar', text });
  if (!('text' in formatted)) throw new Error(JSON.stringify(formatted.diagnostics));
  return formatted.text;
};

const commentsOf = (text: string): string[] => text.match(/\/\/ [\w ]+/g) ?? [];

describe('plumb policy fmt', () => {
  test('changes the files that need it, and nothing about them but their text', async () => {
    await inDirectory(async (directory) => {
      const file = join(directory, 'real.cedar');
      writeFileSync(file, UGLY);
      chmodSync(file, 0o640);
      symlinkSync('real.cedar', join(directory, 'p.cedar'));
      const first = await plumb(['policy', 'fmt', 'p.cedar'], directory);
      expect([first.code, first.stdout, first.stderr]).toEqual([0, 'p.cedar\n', '']);
      const text = readFileSync(file, 'utf8');
      expect(text).toBe(format(UGLY));
      expect(commentsOf(text)).toEqual(['// why', '// who', '// in a list', '// end']);
      expect(lstatSync(join(directory, 'p.cedar')).isSymbolicLink()).toBe(true);
      expect(statSync(file).mode & 0o777).toBe(0o640);
      expect(readdirSync(directory).toSorted()).toEqual(['p.cedar', 'real.cedar']);

      const { ino } = statSync(file);
      const again = await plumb(['policy', 'fmt', 'p.cedar', '--json'], directory);
      expect([again.code, JSON.parse(again.stdout)]).toEqual([0, { policy: 'p.cedar', files: [] }]);
      expect(statSync(file).ino).toBe(ino);
    });
  });

  test('--check lists what would change and changes nothing', async () => {
    await inDirectory(async (directory) => {
      mkdirSync(join(directory, 'policy'));
      const texts = { 'labels.cedar': UGLY, 'more.cedar': UGLY, 'policy.cedar': format(NEAT) };
      for (const [name, text] of Object.entries(texts)) writeFileSync(join(directory, 'policy', name), text);
      const { code, stdout } = await plumb(['policy', 'fmt', './policy', '--check'], directory);
      expect([code, stdout]).toEqual([1, 'policy/labels.cedar\npolicy/more.cedar\n']);
      for (const [name, text] of Object.entries(texts)) {
        expect(readFileSync(join(directory, 'policy', name), 'utf8')).toBe(text);
      }
      await plumb(['policy', 'fmt', './policy'], directory);
      expect((await plumb(['policy', 'fmt', './policy', '--check'], directory)).code).toBe(0);
    });
  });

  test('changes no file if one cannot be read', async () => {
    await inDirectory(async (directory) => {
      mkdirSync(join(directory, 'policy'));
      writeFileSync(join(directory, 'policy', 'a.cedar'), UGLY);
      writeFileSync(join(directory, 'policy', 'b.cedar'), BAD);
      const { code, stderr } = await plumb(['policy', 'fmt', './policy'], directory);
      expect([code, stderr]).toMatchObject([
        1,
        expect.stringMatching(/^policy-invalid: policy\/b\.cedar:1:26: policy-syntax: /),
      ]);
      expect(stderr).toMatch(/\n {2}no file was changed\n$/);
      expect(readFileSync(join(directory, 'policy', 'a.cedar'), 'utf8')).toBe(UGLY);
    });
  });

  test('leaves alone what is in its way', async () => {
    await inDirectory(async (directory) => {
      writeFileSync(join(directory, 'p.cedar'), UGLY);
      writeFileSync(join(directory, 'p.cedar.plumb-fmt'), 'mine');
      const { code, stderr } = await plumb(['policy', 'fmt', 'p.cedar'], directory);
      expect([code, stderr]).toMatchObject([
        1,
        expect.stringContaining('unwritable: p.cedar cannot be written (EEXIST)'),
      ]);
      expect(readFileSync(join(directory, 'p.cedar'), 'utf8')).toBe(UGLY);
      expect(readFileSync(join(directory, 'p.cedar.plumb-fmt'), 'utf8')).toBe('mine');
    });
  });
});

describeShared('the layout of the policies of other projects', 'cedar/corpus-sample.jsonl', (path) => {
  test('is stable', () => {
    const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
    const texts = lines.map((line) => (JSON.parse(line) as { policies: string }).policies);
    expect(texts.length).toBeGreaterThan(1000);
    const unstable = texts.map(format).filter((text) => format(text) !== text);
    expect(unstable).toEqual([]);
  });
});
