import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readTrajectory } from '../../kernel-adapters/trajectories/swe-agent.ts';
import { describeShared } from '../shared.ts';

/** What each step of a trajectory asks for: `action resource`, in order. */
function stepsOf(file: unknown): string[][] {
  const read = readTrajectory(JSON.stringify(file));
  if (!('steps' in read)) throw new Error(read.message);
  return read.steps.map(({ items }) => items.flat().map(({ action, resource }) => `${action} ${resource.id}`));
}

const step = (action: string, state: unknown = { open_file: '/w/open.py', working_dir: '/w' }) => ({ action, state });

describe("SWE-agent's own commands", () => {
  test.each([
    ['open a.py 10', ['tool.call swe-agent/open', 'file.read /w/a.py']],
    ['create a.py', ['tool.call swe-agent/create', 'file.create /w/a.py']],
    ['goto 10', ['tool.call swe-agent/goto', 'file.read /w/open.py']],
    ['edit 1:2\nx = `rm y`\nend_of_edit', ['tool.call swe-agent/edit', 'file.write /w/open.py']],
    ['edit\nx\nend_of_edit', ['tool.call swe-agent/edit', 'file.write /w/open.py']],
    ["edit 'a\nb' 'c'", ['tool.call swe-agent/edit', 'file.write /w/open.py']],
    ["insert 'a'", ['tool.call swe-agent/insert', 'file.write /w/open.py']],
    ['search_dir x', ['tool.call swe-agent/search_dir', 'file.read /w']],
    ['search_dir x src', ['tool.call swe-agent/search_dir', 'file.read /w/src']],
    ['search_file x', ['tool.call swe-agent/search_file', 'file.read /w/open.py']],
    ['find_file x', ['tool.call swe-agent/find_file', 'file.read /w']],
    ['str_replace_editor view /w/a', ['tool.call swe-agent/str_replace_editor', 'file.read /w/a', 'file.read /w/a']],
    ["str_replace_editor create /w/a --file_text 'x'", ['tool.call swe-agent/str_replace_editor', 'file.create /w/a']],
    [
      "str_replace_editor str_replace /w/a --old_str 'x'",
      ['tool.call swe-agent/str_replace_editor', 'file.write /w/a'],
    ],
    ['connect_start h.example 80', ['tool.call swe-agent/connect_start', 'net.connect h.example:80']],
    ['submit', ['tool.call swe-agent/submit']],
    ['', ['tool.call swe-agent/no-action']],
    ['cd src && open a.py', ['process.exec cd', 'tool.call swe-agent/open', 'file.read /w/src/a.py']],
  ])('%j', (action, expected) => expect(stepsOf({ trajectory: [step('ls'), step(action)] })[1]).toEqual(expected));

  test('what follows the end of an edit is run, and stated', () => {
    const action = 'edit 1:2\nx\nend_of_edit\nrm b\nend_of_edit';
    expect(stepsOf({ trajectory: [step('ls'), step(action)] })[1]).toContain('file.delete /w/b');
  });

  test('an edit with no open file known is dynamic', () => {
    const read = readTrajectory(
      JSON.stringify({ trajectory: [step('goto 1', { open_file: 'n/a', working_dir: '/w' })] }),
    );
    expect('steps' in read && read.steps[0]!.items.flat()[0]!.context).toMatchObject({ dynamic: true });
  });
});

const after = (directory: string) => ({ open_file: 'n/a', working_dir: directory });
const before = (directory: string) => JSON.stringify(after(directory));

describe('where the shell stands', () => {
  test('state as text was taken before the action', () => {
    expect(stepsOf({ trajectory: [step('cat f', before('/a')), step('cat f', before('/b'))] })).toEqual([
      ['process.exec cat', 'file.read /a/f'],
      ['process.exec cat', 'file.read /b/f'],
    ]);
  });

  test('state as an object was taken after it', () => {
    expect(
      stepsOf({ trajectory: [step('cat f', after('/a')), step('cd /b', after('/b')), step('cat f', after('/b'))] }),
    ).toEqual([['process.exec cat', 'file.read /a/f'], ['process.exec cd'], ['process.exec cat', 'file.read /b/f']]);
  });

  test('is not known before a first action that moves it', () => {
    expect(stepsOf({ trajectory: [step('cat f; cd /b', { open_file: 'n/a', working_dir: '/b' })] })).toEqual([
      ['process.exec cat', 'process.exec cd'],
    ]);
  });

  test('is read from the prompt where there is only a history', () => {
    const prompt = 'ok\n(Open file: /a/g)\n(Current directory: /a)\nbash-$';
    const history = [
      { role: 'user', content: prompt },
      { role: 'assistant', action: 'cat f' },
      { role: 'tool', content: [{ type: 'text', text: prompt.replaceAll('/a', '/b') }] },
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ function: { name: 'bash', arguments: '{"command":"cat f"}' } }],
      },
      { role: 'assistant', content: '', tool_calls: [{ function: { name: 'open', arguments: '{"path":"it\'s"}' } }] },
      { role: 'assistant', content: 'I am done' },
      { role: 'assistant', action: 'rm -rf /', is_demo: true },
    ];
    expect(stepsOf({ history })).toEqual([
      ['process.exec cat', 'file.read /a/f'],
      ['process.exec cat', 'file.read /b/f'],
      ['tool.call swe-agent/open', "file.read /b/it's"],
      ['tool.call swe-agent/no-action'],
    ]);
  });
});

describe('what is no trajectory', () => {
  test.each(['', 'x', '[]', '{}', '{"trajectory":[1]}', '{"trajectory":[{"state":{}}]}', '{"history":[1]}', 'null'])(
    '%j',
    (text) => {
      expect(readTrajectory(text)).toMatchObject({ code: 'not-a-trajectory' });
    },
  );
});

const README_STEPS = 5 + 12 + 16 + 14 + 4 + 7 + 21 + 5 + 11 + 11 + 13 + 12;

describeShared('real trajectories', 'traces/swe-agent', (directory) => {
  test('every action of all twelve is stated, under its step', () => {
    const files = globSync('**/*.traj', { cwd: directory });
    expect(files.length).toBe(12);
    let steps = 0;
    for (const file of files) {
      const read = readTrajectory(readFileSync(join(directory, file), 'utf8'));
      if (!('steps' in read)) throw new Error(`${file}: ${read.message}`);
      for (const [index, { items }] of read.steps.entries()) {
        expect(items.length).toBeGreaterThan(0);
        for (const { ref } of items.flat()) expect(ref).toMatch(new RegExp(`^step ${index + 1}: `));
        steps++;
      }
    }
    expect(steps).toBe(README_STEPS);
  });
});
